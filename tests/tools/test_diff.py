"""abmctl diff: what publishing would change, for whom and where."""

import json

import pytest

AT = ["--at", "2026-12-24T00:00:00Z"]


@pytest.fixture
def published(site):
    site.run("publish")
    return site


def test_nothing_changed_is_no_difference(published):
    text = published.text("diff", "--all", *AT)
    assert "generation 1 → working tree, at 2026-12-24T00:00:00Z, on /, /pricing\n" in text
    assert "0 of 4 accounts looked at see a change (4 known)" in text


def test_a_changed_text_is_told_per_account_page_and_slot(published):
    published.replace("rules/home.yaml", "See the plan we drew up", "See the plan we made")
    text = published.text("diff", *AT, status=1)
    assert "1 of 4 accounts looked at see a change" in text
    assert "by slot\n  hero-cta                 1 account\nby rule\n  deere-home               1 account\n" in text
    assert ('deere /\n  hero-cta: deere-home "See the plan we drew up", href="/for/deere" → '
            'deere-home "See the plan we made", href="/for/deere"\n') in text
    assert "ford" not in text


def test_programs_read_the_same_as_json(published):
    published.replace("rules/home.yaml", "Winter offer", "Spring offer")
    answer = published.json("diff", *AT, status=1)
    assert answer["from"] == 1 and answer["to"] is None and answer["pages"] == ["/", "/pricing"]
    assert answer["accounts"] == {"known": 4, "looked_at": 4, "changed": 1}
    assert answer["by_slot"] == {"hero-cta": 1} and answer["by_rule"] == {"winter": 1}
    assert answer["changes"] == [{"account": "smallco", "page": "/pricing", "slot": "hero-cta",
                                  "from": {"rule": "winter", "variant": None, "text": '"Winter offer"'},
                                  "to": {"rule": "winter", "variant": None, "text": '"Spring offer"'}}]
    # Out of its season the rule changes nothing.
    assert published.json("diff", "--at", "2026-06-01T00:00:00Z")["changes"] == []


def test_two_published_generations_either_way(published):
    published.replace("rules/home.yaml", "- id: deere-home\n    when: { account: deere,", "- id: deere-home\n    when: { account: smallco,")
    published.run("publish")
    forth = published.json("diff", "--from", "1", "--to", "2", *AT, status=1)
    back = published.json("diff", "--from", "2", "--to", "1", *AT, status=1)
    assert [(c["account"], c["page"], c["slot"], c["from"], c["to"]) for c in forth["changes"]] == \
        [(c["account"], c["page"], c["slot"], c["to"], c["from"]) for c in back["changes"]]
    changes = {(c["account"], c["slot"]): (c["from"] and c["from"]["rule"], c["to"] and c["to"]["rule"]) for c in forth["changes"]}
    assert changes == {("deere", "hero-cta"): ("deere-home", "industrial-story"), ("deere", "case-study"): ("deere-home", None),
                       ("smallco", "hero-cta"): (None, "deere-home"), ("smallco", "case-study"): (None, "deere-home")}
    assert published.json("diff", "--data", "data", "--from", "2", "--to", "2", *AT)["accounts"]["changed"] == 0
    assert "working tree" in published.text("diff", *AT)


def test_another_rule_with_the_same_edit_is_no_change_but_another_selector_is(published):
    published.replace("rules/home.yaml", "- id: winter", "- id: yearly")
    published.text("diff", *AT, status=0)
    published.replace("rules/home.yaml", "case-study: '#case-study'", "case-study: 'section#case-study'")
    text = published.text("diff", *AT, status=1)
    assert "case-study: deere-home at #case-study → deere-home at section#case-study" in text


def test_a_late_difference_of_long_texts_can_be_seen(published):
    long = "words that stay the same from one end of the line to the other, " * 3
    published.replace("rules/home.yaml", "Winter offer", long + "old")
    published.run("publish")
    published.replace("rules/home.yaml", long + "old", long + "new")
    change = published.json("diff", *AT, status=1)["changes"][0]
    assert change["from"]["text"].endswith('old"') and change["to"]["text"].endswith('new"')
    assert max(len(change[side]["text"]) for side in ("from", "to")) < 80


def test_markup_that_reads_the_same_is_shown_as_markup(published):
    (published / "rules/fragments/deere.html").write_text("<h3>How a harvest line lost no hour</h3>\n")
    text = published.text("diff", *AT, status=1)
    assert "<h2>How a harvest line" in text and "<h3>How a harvest line" in text


def test_pages_are_those_that_rules_name_or_those_given(published):
    published.replace("rules/home.yaml", "See the plan we drew up", "See the plan we made")
    done = published.run("diff", *AT, status=1)
    assert b"wildcards: name matching pages with --url" in done.stderr
    answer = published.json("diff", *AT, "--url", "/solutions/a", "--url", "https://h.example/pricing?x=1", status=1)
    assert answer["pages"] == ["/solutions/a", "https://h.example/pricing?x=1"]
    assert [change["page"] for change in answer["changes"]] == ["/solutions/a"]


def test_accounts_that_come_or_go_or_become_excluded_are_seen(published):
    published.replace("accounts.ndjson", '"version":100', '"version":101')
    published.replace("accounts.ndjson", '"id":"ford"', '"exclude":true,"id":"ford"')
    lines = (published / "accounts.ndjson").read_text().splitlines()
    lines.append('{"id":"volvo","name":"Volvo","industry":"automotive","employees":90000}')
    (published / "accounts.ndjson").write_text("\n".join(lines) + "\n")
    answer = published.json("diff", "--url", "/", *AT, status=1)
    assert answer["accounts"] == {"known": 5, "looked_at": 5, "changed": 2}
    changes = {change["account"]: (change["from"], change["to"]) for change in answer["changes"]}
    assert changes["ford"][1] is None and changes["volvo"][0] is None


def test_changed_networks_are_pointed_out(published):
    published.replace("networks.csv", "192.0.2.0/25", "192.0.2.0/26")
    done = published.run("diff", *AT)
    assert b"the networks differ too" in done.stderr
    assert published.json("diff", *AT)["networks_differ"] is True


def test_a_sample_is_the_same_on_every_run_and_part_of_all(site):
    with open(site / "accounts.ndjson", "a", encoding="utf-8") as feed:
        for i in range(500):
            feed.write(json.dumps({"id": f"maker-{i}", "name": f"Maker {i}", "industry": "automotive", "employees": 5000}) + "\n")
    site.run("publish")
    site.replace("rules/home.yaml", "Compare us with", "Hold us against")
    first, again = (site.json("diff", "--url", "/", *AT, status=1) for _ in range(2))
    assert first == again and first["accounts"]["looked_at"] == 200 and first["accounts"]["known"] == 504
    everything = site.json("diff", "--all", "--url", "/", *AT, status=1)
    assert everything["accounts"] == {"known": 504, "looked_at": 504, "changed": 501}
    assert all(change in everything["changes"] for change in first["changes"])
    few = site.json("diff", "--sample", "10", "--url", "/", *AT, status=1)
    assert few["accounts"]["looked_at"] == 10 and all(change in first["changes"] for change in few["changes"])


@pytest.mark.parametrize("arguments, message", [
    (["--from", "7"], "gen-000007"),
    (["--data", "data"], "--data names no working tree"),
    (["--url", "pricing"], "url 'pricing': must begin with"),
    (["--at", "noon"], "--at 'noon' is not an RFC 3339 time"),
    (["--all", "--sample", "3"], "excludes"),
])
def test_what_cannot_be_compared_is_refused(published, arguments, message):
    assert message in published.errors("diff", *arguments, status=2)


def test_without_a_live_generation_or_with_broken_rules_it_cannot_run(site):
    assert "abmctl publish makes one" in site.errors("diff", status=2)
    site.run("publish")
    site.replace("rules/home.yaml", "    schedule:", "    schedul:")
    assert "rules/home.yaml:19:5: unknown key 'schedul'" in site.errors("diff", status=2)
