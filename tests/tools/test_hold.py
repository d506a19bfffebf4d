"""A rollback holds: the rules stay those of that generation, whatever is published, until --resume."""

import json
import os
import re

from servers import Hostile, body
from test_agent import edited, rules, start  # noqa: F401: a fixture


def newer_feed(site, version):
    text = (site / "accounts.ndjson").read_text()
    (site / "accounts.ndjson").write_text(re.sub(r'"version":\d+', f'"version":{version}', text, count=1))


def two_generations(site):
    site.run("publish")
    rules(site).write_text(edited(site, "Spring"))
    site.run("publish")


def rules_of(site, number):
    return os.stat(site / f"data/gen-{number:06}/rules.bin").st_ino


def test_rollback_says_that_it_holds_and_status_too(site):
    two_generations(site)
    said = site.text("rollback")
    assert "generation 1 serves again" in said
    held = re.search(r"held at generation 1 since (20\S+Z) \(rolled back from 2 by \S+\): rule changes wait until "
                     r"'abmctl publish --resume', feed changes keep flowing", said)
    assert held, said
    assert held[0] in site.text("status")
    state = site.json("status")["held"]
    assert state == {"generation": 1, "since": held[1], "replaced": 2, "by": state["by"]} and state["by"]
    assert site.json("rollback", "2")["held"]["generation"] == 2


def test_nothing_is_held_before(site):
    site.run("publish")
    assert site.json("status")["held"] is None
    assert "held at" not in site.text("status")


def test_feed_changes_flow_and_rule_changes_wait(site):
    two_generations(site)
    site.run("rollback")
    rules(site).write_text(edited(site, "Summer"))
    assert "generation 1 is up to date" in site.text("publish")
    newer_feed(site, 101)
    said = site.text("publish")
    assert "published generation 3" in said and "rules: 3, those of generation 1" in said, said
    assert "held at generation 1 since" in said and "tests: not run, for the rules are those of generation 1" in said
    assert rules_of(site, 3) == rules_of(site, 1)
    assert site.json("status")["feed_version"] == 101
    newer_feed(site, 102)
    assert site.json("publish")["held"]["generation"] == 1


def test_tests_that_hold_for_what_serves_hold_a_feed_back_and_those_of_waiting_rules_do_not(site):
    two_generations(site)
    site.run("rollback")
    test = "  - name: {}\n    given: {{ account: ford, url: /x }}\n    expect: {{ rules: [{}] }}\n"
    waits, stands = test.format("waits", "new-rule"), test.format("stands", "industrial-story")
    (site / "rules.test.yaml").write_text("abm: tests/1\ntests:\n" + waits)
    newer_feed(site, 101)
    assert "tests: not run" in site.text("publish") and "tests skipped" in site.text("log")
    (site / "rules.test.yaml").write_text("abm: tests/1\ntests:\n" + waits + stands)
    newer_feed(site, 102)
    assert "tests: 1 passed in 1 file" in site.text("publish")
    newer_feed(site, 103)
    site.replace("accounts.ndjson", '"industry":"automotive","employees":177000', '"industry":"energy","employees":177000')
    errors = site.errors("publish", status=1)
    assert "test 'stands'" in errors and "waits" not in errors
    assert site.json("status")["feed_version"] == 102


def test_broken_rules_do_not_keep_the_feed_waiting_while_others_are_held(site):
    two_generations(site)
    site.run("rollback")
    rules(site).write_text("not yaml: [")
    newer_feed(site, 101)
    assert site.json("publish")["generation"] == 3
    assert "home.yaml" in site.errors("publish", "--resume", status=1)
    assert site.json("status")["held"]["generation"] == 1


def test_resume_publishes_the_sites_rules_again(site):
    two_generations(site)
    site.run("rollback")
    rules(site).write_text(edited(site, "Summer"))
    said = site.text("publish", "--resume")
    assert "published generation 3" in said and "no rules are held any more" in said
    assert site.json("status")["held"] is None
    assert rules_of(site, 3) != rules_of(site, 1)
    site.run("rollback", "3")
    assert site.json("publish", "--resume")["held"] is None
    assert not (site / "data/HOLD.json").exists()


def test_the_held_generation_outlives_keep(site):
    two_generations(site)
    site.run("rollback")
    for version in range(101, 107):
        newer_feed(site, version)
        site.run("publish")
    kept = sorted(path.name for path in (site / "data").glob("gen-*"))
    assert kept == ["gen-000001", "gen-000006", "gen-000007", "gen-000008"]
    assert rules_of(site, 8) == rules_of(site, 1)


def test_another_rollback_goes_before_the_held_generation(site):
    site.replace("site.yaml", "keep: 3", "keep: 10")
    two_generations(site)
    rules(site).write_text(edited(site, "Summer"))
    site.run("publish")
    site.run("rollback")
    newer_feed(site, 101)
    site.run("publish")
    assert "generation 1 serves again" in site.text("rollback")
    assert "no generation before 1 is kept" in site.errors("rollback", status=2)


def test_a_hold_that_nobody_can_read_stops_publishing_and_is_told_everywhere(site):
    two_generations(site)
    (site / "data/HOLD.json").write_text('{"abm": "hold/2"}')
    why = "HOLD.json: damaged, or not of the format hold/1 (which rules are held cannot be told:"
    assert why in site.errors("publish", status=2)
    assert why in site.json("status")["held"]["fault"] and why in site.text("status")
    findings = site.json("doctor", "--nginx", "/nonexistent", status=None)["findings"]
    assert any(why in finding["message"] and finding["state"] == "problem" for finding in findings)
    assert site.json("publish", "--resume")["held"] is None


def test_a_held_generation_that_is_damaged_stops_publishing_with_the_remedy(site):
    two_generations(site)
    site.run("rollback")
    part = site / "data/gen-000001/rules.bin"
    part.chmod(0o644)
    part.write_bytes(b"damaged")
    newer_feed(site, 101)
    errors = site.errors("publish", status=2)
    assert "rules are held at generation 1 since" in errors and "'abmctl publish --resume'" in errors
    assert any("the held rules cannot be used" in finding["message"]
               for finding in site.json("doctor", "--nginx", "/nonexistent", status=None)["findings"])


def test_doctor_notes_a_hold(site):
    two_generations(site)
    site.run("rollback")
    findings = site.json("doctor", "--nginx", "/nonexistent", status=None)["findings"]
    held = [finding for finding in findings if finding["check"] == "hold"]
    assert held[0]["state"] == "note" and "rules are held at generation 1 since" in held[0]["message"]


def test_the_agent_does_not_undo_a_rollback(site, start):  # noqa: F811
    two_generations(site)
    agent = start()
    agent.wait(lambda: site.json("status")["agent"] is not None, "no state")
    site.run("rollback")
    newer_feed(site, 101)
    agent.wait_for_generation(3)
    agent.wait_for("rules are held at generation 1 since")
    assert rules_of(site, 3) == rules_of(site, 1)
    rules(site).write_text(edited(site, "Summer"))
    newer_feed(site, 102)
    agent.wait_for_generation(4)
    assert rules_of(site, 4) == rules_of(site, 1)
    assert agent.said().count("rules are held at generation 1 since") == 1
    agent.stop()
    again = start()
    newer_feed(site, 103)
    again.wait_for_generation(5)
    assert rules_of(site, 5) == rules_of(site, 1)
    held = rules_of(site, 1)
    site.run("publish", "--resume")
    assert site.current() == "gen-000006\n"
    newer_feed(site, 104)
    again.wait_for_generation(7)
    assert rules_of(site, 7) == rules_of(site, 6) != held


def test_a_mirror_that_was_rolled_back_stays_until_it_is_told_to_follow(site, tmp_path):
    two_generations(site)
    files = {}

    def origin():
        for path in (site / "data").rglob("*"):
            if path.is_file():
                files["/" + str(path.relative_to(site / "data"))] = body(path.read_bytes())
        return files

    node = str(tmp_path / "node")
    with Hostile(origin()) as server:
        follow = ("sync", "--mirror", server.url(""), "--data", node)
        site.run(*follow)
        rules(site).write_text(edited(site, "Summer"))
        site.run("publish")
        origin()
        site.run(*follow)
        assert "generation 2 serves again" in site.text("rollback", "--data", node)
        asked = len(server.requests)
        held = site.json(*follow)
        assert held["result"] == "held" and held["generation"] == 2
        assert "held at generation 2 since" in held["message"] and "--resume" in held["message"]
        assert len(server.requests) == asked
        assert json.loads(site.run("status", "--data", node, "--json").stdout)["held"]["generation"] == 2
        assert site.json(*follow, "--resume")["generation"] == 3
        assert json.loads(site.run("status", "--data", node, "--json").stdout)["held"] is None
    assert "--resume belongs to --mirror" in site.errors("sync", "--resume", status=2)
