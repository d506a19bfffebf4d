"""What was there and is not there any more is not published: rules, fragments, networks, accounts, tests; by nobody."""

import json
import os
import re
import subprocess

import pytest
import xxh3

from feeds import FEED, body, feed, point_at
from abmctl_program import PROGRAM
from test_agent import hostile, rules, start  # noqa: F401 (fixtures)

ALLOW = "if this is intended, publish once with --allow-shrink"

RULE = "  - {{ id: rule-{}, when: {{ account: deere, path: /{} }}, rewrite: {{ hero-cta: {{ text: T }} }} }}\n"


def plain(site, *arguments, status):
    """Runs abmctl so that permission bits apply to it, as they do to any user but root."""
    less = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []
    done = subprocess.run([*less, PROGRAM, *arguments], cwd=site.folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == status, done
    return done.stderr


def refused(site, *expected, times=1):
    """Publishing says all of `expected` and changes nothing; with --allow-shrink it does."""
    before = site.current()
    errors = site.errors("publish", status=1)
    for text in expected:
        assert text in errors, errors
    assert errors.count("--allow-shrink") == times, errors
    assert f"(generation {int(before[4:])} goes on serving)" in errors and site.current() == before
    assert site.json("publish", "--allow-shrink")["published"]
    assert site.json("publish")["published"] is False


@pytest.fixture
def published(site):
    site.run("publish")
    return site


def test_a_site_may_begin_with_nothing(site):
    (site / "rules").rename(site / "rules.old")
    assert site.json("publish")["generation"] == 1
    assert "names no file" in site.errors("publish", "--force")


def test_rules_that_vanish_are_refused_with_the_pattern_that_found_them(published):
    (published / "rules").rename(published / "rules.old")
    refused(published, "site.yaml:7:9: rules pattern 'rules/*.yaml' names no file, and named 1 file in the generation that "
            "serves: put it back, or correct the pattern; " + ALLOW)


def test_one_pattern_of_several_that_names_nothing_any_more_is_refused(site):
    site.replace("site.yaml", "[rules/*.yaml]", "[rules/*.yaml, 'teams/*/*.yaml']")
    (site / "teams/east").mkdir(parents=True)
    (site / "teams/east/a.yaml").write_text("abm: rules/1\nrules:\n" + RULE.format("east", "east"))
    site.run("publish")
    (site / "teams/east/a.yaml").unlink()
    refused(site, "site.yaml:7:23: rules pattern 'teams/*/*.yaml' names no file")


def test_a_pattern_that_is_edited_is_judged_by_what_becomes_of_the_rules(published):
    published.replace("site.yaml", "rules/*.yaml", "rulez/*.yaml")
    refused(published, "0 rules, 3 fewer than the 3 of generation 1: more than max_shrink 50%; " + ALLOW, times=2)


def test_a_file_that_loses_most_of_its_rules_is_refused(published):
    (published / "rules/home.yaml").write_text("abm: rules/1\nrules:\n" + RULE.format(1, 1))
    refused(published, "site.yaml: 1 rules, 2 fewer than the 3", times=2)  # its fragment is gone, too


def test_the_limit_is_site_yamls(site):
    site.replace("site.yaml", "keep: 3", "keep: 3\nmax_shrink: 10%")
    (site / "rules/more.yaml").write_text("abm: rules/1\nrules:\n" + "".join(RULE.format(i, i) for i in range(7)))
    site.run("publish")
    (site / "rules/more.yaml").write_text("abm: rules/1\nrules:\n" + "".join(RULE.format(i, i) for i in range(6)))
    assert site.json("publish")["published"]  # one of ten
    (site / "rules/more.yaml").write_text("abm: rules/1\nrules:\n" + "".join(RULE.format(i, i) for i in range(5)))
    refused(site, "8 rules, 1 fewer than the 9 of generation 2: more than max_shrink 10%")
    site.replace("site.yaml", "max_shrink: 10%", "max_shrink: ~")
    (site / "rules/more.yaml").write_text("abm: rules/1\nrules:\n" + RULE.format(1, 1))
    assert site.json("publish")["published"]


def fragments_by_industry(site):
    folder = site / "rules/industry"
    folder.mkdir()
    for name in ("automotive", "energy", "manufacturing", "pharma"):
        (folder / f"{name}.html").write_text(f"<p>{name}</p>")
    site.replace("rules/home.yaml", 'hero-cta: { text: "Winter offer" }',
                 'hero-cta: { html_file: "industry/{{ account.industry }}.html" }')
    site.run("publish")
    return folder


def test_fragments_that_vanish_are_refused(site):
    fragments_by_industry(site).rename(site / "elsewhere")
    refused(site, "site.yaml: 1 fragments, 4 fewer than the 5 of generation 1: more than max_shrink 50%")


@pytest.mark.parametrize("mode", [0o000, 0o444], ids=["closed", "only its names can be read"])
def test_a_folder_of_fragments_that_cannot_be_read_is_refused(site, mode):
    folder = fragments_by_industry(site)
    folder.chmod(mode)
    errors = plain(site, "publish", status=1)
    folder.chmod(0o755)
    assert "rules/home.yaml:21:" in errors and "permission denied" in errors and "industry" in errors
    assert site.current() == "gen-000001\n"


@pytest.mark.parametrize("name, mode", [("rules", 0o000), ("rules", 0o444), ("rules/home.yaml", 0o000),
                                        ("rules/fragments", 0o000), ("rules/fragments/deere.html", 0o000)])
def test_what_cannot_be_read_is_not_taken_for_nothing(published, name, mode):
    before = (published / name).stat().st_mode
    (published / name).chmod(mode)
    errors = plain(published, "publish", "--allow-shrink", status=1)
    checked = plain(published, "check", status=1)
    (published / name).chmod(before)
    for text in (errors, checked):
        assert "permission denied" in text
        assert "site.yaml:7:9: rules pattern 'rules/*.yaml': " in text or "rules/home.yaml" in text
    assert published.current() == "gen-000001\n"


def test_an_unreadable_folder_that_concerns_no_fragment_does_not_matter(site):
    fragments_by_industry(site)
    (site / "rules/private").mkdir(0o000)
    plain(site, "publish", "--force", status=0)


@pytest.mark.parametrize("name, text", [
    ("networks.csv", "network,account_id,confidence\n"), ("exclude.csv", "network,kind\n")], ids=["csv", "exclusions"])
def test_a_network_file_that_shrinks_to_nothing_is_refused_with_its_name(published, name, text):
    (published / name).write_text(text)
    assert f"{name}: holds no entry: fill it, or take it out of `networks:`" in published.errors("publish", "--allow-shrink", status=1)
    assert published.current() == "gen-000001\n"


def test_half_a_network_file_is_refused_too(site):
    entries = "".join(f"198.18.{i}.0/24,ford\n" for i in range(100))
    (site / "networks.csv").write_text("network,account_id\n" + entries)
    site.run("publish")
    (site / "networks.csv").write_text("network,account_id\n" + "".join(entries.splitlines(keepends=True)[:40]))
    refused(site, "networks.csv: 40 entries, 60 fewer than the 100 of generation 1: more than max_shrink 50%")


def without_networks(site):
    feed_file = site / "accounts.ndjson"
    feed_file.write_text(re.sub(r',"networks":\[[^]]*\]', "", feed_file.read_text()))


def test_a_feed_that_lost_its_networks_is_refused(published):
    without_networks(published)
    published.replace("accounts.ndjson", '"version":100', '"version":101')
    refused(published, "accounts.ndjson: 0 entries, ", " fewer than the ", " of generation 1: more than max_shrink 50%")


def test_all_network_sources_taken_out_at_once_are_refused(site):
    without_networks(site)
    site.run("publish")
    site.replace("site.yaml", "networks:\n  - { csv: networks.csv }\n  - { exclude: exclude.csv }\n", "")
    refused(site, "site.yaml: 0 networks, 2 fewer than the 2 of generation 1")


def test_a_source_that_is_taken_out_is_told(published):
    published.replace("site.yaml", "  - { exclude: exclude.csv }\n", "")
    done = published.run("publish").stderr.decode()
    assert "exclude.csv is no source any more: its 1 entries in generation 1 are gone, exclusions too" in done
    assert "is no source" not in published.run("publish", "--force").stderr.decode()


def test_accounts_have_50_percent_too_where_nothing_is_said(site):
    site.replace("site.yaml", ", max_shrink: 50%", "")
    site.run("publish")
    lines = (site / "accounts.ndjson").read_text().splitlines(keepends=True)
    (site / "accounts.ndjson").write_text(lines[0] + lines[4])
    (site / "networks.csv").write_text(f"network,account_id\n192.0.2.0/25,{json.loads(lines[4])['id']}\n")
    assert "feed has 1 accounts, 3 fewer than the 4 of generation 1: more than max_shrink 50%" in site.errors("publish", status=1)
    site.run("publish", "--allow-shrink")


def test_a_generation_of_format_2_is_compared_by_the_rules_that_it_has(published):
    path = published / "data/gen-000001/MANIFEST.json"
    path.chmod(0o644)
    old = re.sub(r'  "rules_from": .*(?=  "files")', "", path.read_text().replace('"generation/3"', '"generation/2"'), flags=re.S)
    text = old[:old.rindex('  "xxh3_128": "')]
    path.write_text(f'{text}  "xxh3_128": "{xxh3.hash128(text.encode())}"\n}}\n')
    assert published.json("status")["generations"][0]["format"] == 2
    assert published.json("publish")["published"] is False
    (published / "rules").rename(published / "rules.old")
    refused(published, "0 rules, 3 fewer than the 3 of generation 1", times=2)


def test_the_agent_keeps_what_serves_and_says_why(site, start):  # noqa: F811
    agent = start()
    agent.wait_for_generation(1)
    (site / "rules").rename(site / "rules.old")
    agent.wait_for("rules pattern 'rules/*.yaml' names no file, and named 1 file in the generation that serves")
    agent.wait_for("not published: 1 error (generation 1 goes on serving)")
    assert "rules pattern 'rules/*.yaml'" in site.json("status")["agent"]["fault"]
    (site / "rules.old").rename(site / "rules")
    agent.wait_for("nothing is wrong any more: generation 1 is up to date")
    assert site.current() == "gen-000001\n"


def test_a_shrunken_feed_is_accepted_once_if_one_says_so(site, hostile):  # noqa: F811
    point_at(site, hostile.url(FEED))
    site.run("sync")
    site.run("publish")
    hostile.answers[FEED] = body(feed(version=101, count=1), ETag='"v101"')
    (site / "networks.csv").write_text("network,account_id\n192.0.2.0/25,deere\n")
    assert "more than max_shrink 50%" in site.errors("sync", status=1)
    site.run("sync", "--allow-shrink")
    assert "more than max_shrink 50%" in site.errors("publish", status=1)
    site.run("publish", "--allow-shrink")


def doctor(site):
    done = site.run("doctor", "--nginx", "/nonexistent", "--json", status=None)
    return {finding["check"]: finding for finding in json.loads(done.stdout)["findings"] if finding["check"] in ("publication", "tests", "disk")}


def test_doctor_says_what_would_be_refused_and_why(published):
    found = doctor(published)
    assert found["publication"]["state"] == "ok" and found["disk"]["state"] == "ok" and found["tests"]["state"] == "note"
    assert re.search(r"data: 1 generation takes [\d.]+ kB, and .* are free$", found["disk"]["message"])
    (published / "rules").rename(published / "rules.old")
    found = doctor(published)["publication"]
    assert found["state"] == "problem" and "rules pattern 'rules/*.yaml' names no file" in found["message"]
    assert found["message"].endswith("(generation 1 goes on serving)") and published.current() == "gen-000001\n"
    (published / "rules.old").rename(published / "rules")
    (published / "rules/home.yaml").write_text("abm: rules/1\nrules:\n" + RULE.format(1, 1))
    assert "1 rules, 2 fewer than the 3" in doctor(published)["publication"]["message"]


def test_doctor_says_that_what_serves_was_not_tested(site):
    (site / "rules.test.yaml").write_text(
        "abm: tests/1\ntests:\n  - name: a\n    given: { account: deere, url: /none }\n    expect: { rules: [industrial-story] }\n")
    site.run("publish", "--without-tests")
    assert "generation 1 was published without its tests" in doctor(site)["tests"]["message"]
    site.run("publish", "--force")
    assert doctor(site)["tests"]["state"] == "ok"
