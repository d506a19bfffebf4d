"""The primary comparison: declared in site.yaml, kept in manifests, told by log, status, publish and the report."""

import datetime
import json

import pytest

PRIMARY = "primary: {{ goal: {}, since: 2026-11-01 }}\n"


@pytest.fixture
def declared(site):
    (site / "site.yaml").write_text((site / "site.yaml").read_text() + PRIMARY.format("/demo"))
    return site


def line(number, path="/", day=3):
    return json.dumps({"v": 1, "ts": f"2026-11-{day:02}T10:00:00.000Z", "request_id": f"{number:032x}",
                       "host": "www.acme.example", "method": "GET", "path": path, "status": 200, "referrer_host": None,
                       "account": "deere", "tier": "one-to-one", "segments": [], "stage": None, "owner": None,
                       "source": "feed", "confidence": "high", "network": None, "ip": None, "visitor": None, "arm": "treated",
                       "generation": 1, "page": "original", "rules": [], "signals": [], "skip": "no-rule", "bot": False,
                       "bytes": 1, "rewrite_us": 1}) + "\n"


def made(site):
    return site.json("status")["made"]


def redeclare(site, old, new):
    site.replace("site.yaml", PRIMARY.format(old), PRIMARY.format(new) if new else "")


def test_a_manifest_says_what_was_declared_and_since_when(declared):
    declared.run("publish")
    first = made(declared)
    assert (first["primary"], first["primary_since"]) == ("goal /demo", "2026-11-01T00:00:00Z")
    assert "primary_before" not in first
    assert "  primary goal /demo, decided 2026-11-01, published 20" in declared.text("status")
    assert "primary goal /demo" in declared.text("log")
    declared.run("publish", "--force")
    again = made(declared)
    assert again["primary_published"] == first["primary_published"], "it stands since the first"
    assert again["primary_generation"] == "1"
    assert declared.text("log").count("primary goal /demo") == 1


def test_a_change_is_published_though_no_file_changed_and_told(declared):
    declared.run("publish")
    assert "unchanged" in declared.text("publish")
    redeclare(declared, "/demo", "/pricing")
    told = declared.text("publish")
    assert "primary comparison: goal /pricing instead of goal /demo; abmctl report tells when it was changed" in told
    assert made(declared)["primary_before"] == "goal /demo"
    assert "primary goal /demo → goal /pricing" in declared.text("log")
    declared.run("publish", "--force")
    assert made(declared)["primary_before"] == "goal /demo", "carried on"
    redeclare(declared, "/pricing", None)
    assert "primary comparison: none instead of goal /pricing" in declared.text("publish")
    assert "primary" not in made(declared) and made(declared)["primary_before"] == "goal /pricing"
    assert "unchanged" in declared.text("publish")


def test_an_outcome_can_be_the_primary_one(site):
    (site / "site.yaml").write_text((site / "site.yaml").read_text() + "primary: { outcome: amount, since: 2026-11-01 }\n")
    site.run("publish")
    assert made(site)["primary"] == "outcome amount"
    (site / "visits.jsonl").write_text(line(1, "/demo"))
    answer = site.json("report", "visits.jsonl", "--goal", "/demo")
    assert answer["primary"]["outcome"] == "amount" and answer["primary"]["goal"] is None
    assert [goal["primary"] for goal in answer["goals"]] == [False]


def test_the_report_compares_what_was_declared_whatever_is_asked_for(declared):
    declared.run("publish")
    (declared / "visits.jsonl").write_text(line(1, "/demo", day=2) + line(2, "/pricing"))
    answer = declared.json("report", "visits.jsonl", "--goal", "/pricing")
    assert [(goal["goal"], goal["primary"]) for goal in answer["goals"]] == [("/demo", True), ("/pricing", False)]
    assert answer["primary"]["goal"] == "/demo" and answer["primary"]["since"] == "2026-11-01T00:00:00Z"
    page = declared.text("report", "visits.jsonl", "-o", "-")
    assert "<code>/demo</code> is the primary goal" in page


def test_a_report_without_a_declaration_says_so(site):
    site.run("publish")
    (site / "visits.jsonl").write_text(line(1, "/demo") + line(2, "/pricing"))
    answer = site.json("report", "visits.jsonl", "--goal", "/pricing", "--goal", "/demo")
    assert answer["primary"] is None
    assert [(goal["goal"], goal["primary"]) for goal in answer["goals"]] == [("/pricing", True), ("/demo", False)]
    page = site.text("report", "visits.jsonl", "--goal", "/pricing", "--goal", "/demo", "-o", "-")
    assert "<code>/pricing</code> was named first and is taken for the primary goal" in page
    assert "It was not declared beforehand" in page


def test_what_was_declared_or_changed_after_visits_began_is_told(declared):
    # Visits of years ago: whatever is published now came later.
    (declared / "visits.jsonl").write_text(line(1, "/demo").replace("2026-11", "2024-11"))
    declared.run("publish")
    late = declared.json("report", "visits.jsonl")["remarks"]
    assert any(remark.startswith("The primary comparison (goal /demo) was declared on ") and "since 2024-11-03" in remark
               for remark in late), late
    redeclare(declared, "/demo", "/pricing")
    declared.run("publish")
    answer = declared.json("report", "visits.jsonl")
    assert any("before, it was the goal /demo; since then, it is the goal /pricing" in remark for remark in answer["remarks"])
    assert [change["after"] for change in answer["primary"]["changes"]] == ["goal /demo", "goal /pricing"]
    ahead = (datetime.date.today() + datetime.timedelta(days=300)).isoformat()
    (declared / "visits.jsonl").write_text(line(1, "/demo").replace("2026-11-03", ahead))
    assert not [remark for remark in declared.json("report", "visits.jsonl")["remarks"] if "primary" in remark]


def test_what_is_probably_a_mistake_is_a_finding(site):
    (site / "saved.html").write_text("<html><body><h1>Demo</h1></body></html>")
    (site / "site.yaml").write_text((site / "site.yaml").read_text() + "pages: [{ url: /demo, file: saved.html }]\n"
                                    "primary: { goal: /demoo, since: 2190-01-01 }\n")
    told = site.run("check", status=None)
    text = (told.stdout + told.stderr).decode()
    assert "none of the sample pages is the primary goal '/demoo', did you mean '/demo'?" in text
    assert "'since' of primary is 2190-01-01" in text
    site.replace("site.yaml", "goal: /demoo, since: 2190-01-01", "goal: /demo, since: 2026-11-01")
    told = site.run("check", status=None)
    assert b"primary" not in told.stdout + told.stderr
    # A page of which nobody saved a sample is no mistake.
    site.replace("site.yaml", "goal: /demo,", "goal: /contact/thanks,")
    assert b"primary" not in site.run("check", status=None).stdout


def test_what_is_wrong_with_outcomes_is_a_finding(site):
    text = (site / "site.yaml").read_text()
    (site / "deals.csv").write_text("domain,stage,created\ndeere.com,won,2026-11-01\n")
    (site / "copy.csv").write_bytes((site / "deals.csv").read_bytes())
    (site / "site.yaml").write_text(text + "outcomes: { since: 2190-01-01, opportunities: [ { csv: deals.csv }, { csv: copy.csv } ] }\n")
    told = site.run("check", status=None)
    found = (told.stdout + told.stderr).decode()
    assert "'since' of outcomes is 2190-01-01, which is to come" in found
    assert "copy.csv are the same export as those in" in found
    (site / "copy.csv").write_text("domain,stage,created\ndeere.com,open,2026-11-01\n")
    site.replace("site.yaml", "since: 2190-01-01", "since: 2026-11-01")
    told = site.run("check", status=None)
    assert b"same export" not in told.stdout + told.stderr and b"of outcomes" not in told.stdout + told.stderr
