"""Is the experiment sound? Months of visits with one planted fault each, through abmctl report."""

import csv
import json
import pathlib
import subprocess

import pytest

from abmctl_program import PROGRAM

WORLD = pathlib.Path(PROGRAM).parents[1] / "tests/measure/abm_make_visits"
SEED, ACCOUNTS, VISITS = "11", 800, 9600


def world(site, *fault):
    """A published site whose rules draw the arms of the world's lines."""
    head = (site / "accounts.ndjson").read_text().splitlines()[0]
    accounts = [json.dumps({"id": f"account-{i:04}", "name": f"Account {i}"}) for i in range(ACCOUNTS + ACCOUNTS // 5)]
    (site / "accounts.ndjson").write_text("\n".join([head, *accounts]) + "\n")
    site.replace("rules/home.yaml", "rules:\n", f"control: {{ percent: 10, salt: world-{SEED} }}\nrules:\n")
    site.run("publish")
    lines = subprocess.run([WORLD, SEED, str(ACCOUNTS), str(VISITS), "0", *fault], capture_output=True, check=True).stdout
    (site / "visits.jsonl").write_bytes(lines)
    answer = site.json("report", "visits.jsonl", "--goal", "/demo")
    return answer, {check["check"]: check for check in answer["soundness"]}


def alarms(checks):
    return {name for name, check in checks.items() if check["verdict"] == "alarm"}


def test_a_sound_programme_is_told_nothing(site):
    answer, checks = world(site)
    assert list(checks) == ["lot", "arrivals", "exposure", "contamination", "delivery", "identification", "visits"]
    assert {check["verdict"] for check in checks.values()} == {"sound"}, checks
    assert not [remark for remark in answer["remarks"] if "control group" in remark]
    ratios = {row["accounts"]: row for row in answer["tables"]["sample_ratio"] if row["rule"] is None}
    drawn = ratios["all that are listed"]
    arms = site.json("arms")["accounts"]
    assert drawn["kept_back"] == sum(entry["arm"] == "control" for entry in arms)
    assert drawn["treated"] + drawn["kept_back"] == 960 and ratios["those that came"]["treated"] < drawn["treated"]
    by_arm = {row["arm"]: row for row in answer["tables"]["identification_by_arm"]}
    assert by_arm["control"]["listed"] == drawn["kept_back"]
    assert by_arm["control"]["came"] == ratios["those that came"]["kept_back"]
    days = answer["tables"]["arms_by_day"]
    assert len(days) == 30 and sum(day["control_sent"] for day in days) == 0
    assert sum(day["treated_new"] + day["control_new"] for day in days) == ACCOUNTS
    assert all(day["low_share"] <= 0.1 <= day["high_share"] for day in days)
    page = site.text("report", "visits.jsonl", "--goal", "/demo", "-o", "-")
    assert "Is the experiment sound?" in page and "<strong>Nothing speaks against it</strong>: 7 checks found nothing." in page
    site.run("report", "visits.jsonl", "--csv", "out")
    with open(site / "out/soundness.csv", newline="", encoding="utf-8") as file:
        assert [row["check"] for row in csv.DictReader(file)] == list(checks)
    assert (site / "out/arms_by_day.csv").exists() and (site / "out/contamination.csv").exists()


def test_a_cache_that_swallows_control_visits_is_told(site):
    answer, checks = world(site, "cached")
    assert "visits" in alarms(checks), checks
    assert "a cache that answers for original pages" in checks["visits"]["says"]
    assert checks["visits"]["says"] in answer["remarks"]


def test_an_arm_that_is_recognised_less_stops_the_page(site):
    answer, checks = world(site, "unknown")
    assert {"lot", "arrivals", "identification"} <= alarms(checks)
    assert answer["goals"][0]["daily_lacks"] == "the arms are not as planned (the top of the page says more)"
    told = site.run("report", "visits.jsonl", "--goal", "/demo", "-o", "page.html")
    page = (site / "page.html").read_text()
    assert 'class="verdict' not in page.split("<main>")[0]
    assert checks["identification"]["says"] in told.stderr.decode() and checks["identification"]["says"] in answer["remarks"]


def test_a_salt_that_changes_midway_is_told_with_generation_rule_and_why(site):
    answer, checks = world(site, "new-salt")
    says = checks["contamination"]["says"]
    assert checks["contamination"]["verdict"] == "alarm" and "makers-home" in says
    assert "generation 44 sent it to" in says and "from 2026-11-15 on" in says
    assert "since generation 43, salt, percentage or by of control is likely to have been changed" in says, "neither is kept"
    rows = [row for row in answer["tables"]["contamination"] if row["sent_by"] == "generation"]
    assert [(row["generation"], row["control_until"]) for row in rows] == [(44, 43)]
    assert {row["rule"] for row in answer["tables"]["contamination"]} >= {"makers-home", "in-market-pricing"}
    page = site.text("report", "visits.jsonl", "-o", "-")
    assert "Edits sent to the control group" in page and "changed sides during the period" in page


def test_what_kept_generations_say_of_their_control_groups_is_the_reason(site):
    site.replace("rules/home.yaml", "rules:\n", "control: { percent: 50, salt: a }\nrules:\n")
    site.run("publish")
    arms = {entry["account"]: entry["arm"] for entry in site.json("arms")["accounts"]}
    control = next(account for account, arm in arms.items() if arm == "control")

    def line(number, generation, arm, sent):
        rules = [{"id": "deere-home", "variant": None, "slots": {"hero-cta": "applied" if sent else "skipped:control"}}]
        return json.dumps({"v": 1, "ts": f"2026-11-0{generation}T10:00:00.000Z", "request_id": f"{number:032x}",
                           "host": "www.acme.example", "method": "GET", "path": "/", "status": 200, "referrer_host": None,
                           "account": control, "tier": "one-to-one", "segments": [], "stage": None, "owner": None,
                           "source": "feed", "confidence": "high", "network": None, "ip": None, "visitor": None, "arm": arm,
                           "generation": generation, "page": "personalized" if sent else "original", "rules": rules,
                           "signals": [], "skip": None if sent else "control", "bot": False, "bytes": 1, "rewrite_us": 1}) + "\n"

    site.replace("rules/home.yaml", "percent: 50", "percent: 0.01")
    site.run("publish")
    (site / "visits.jsonl").write_text(line(1, 1, "control", False) + line(2, 2, "treated", True))
    checks = {check["check"]: check for check in site.json("report", "visits.jsonl")["soundness"]}
    assert "(by deere-home): generation 2 sent it to 1 account from 2026-11-02 on (since generation 1, control was changed " \
           "from 50.0% to 0.0%)" in checks["contamination"]["says"]


def test_days_without_an_edit_are_told(site):
    _, checks = world(site, "silent")
    assert alarms(checks) == {"exposure"}
    assert "7 days from 2026-11-01 to 2026-11-07" in checks["exposure"]["says"]


def test_without_a_site_nothing_is_made_up(site):
    lines = subprocess.run([WORLD, SEED, "50", "300"], capture_output=True, check=True).stdout
    (site / "visits.jsonl").write_bytes(lines)
    checks = {check["check"]: check for check in site.json("report", "visits.jsonl")["soundness"]}
    for name in ("lot", "arrivals", "identification"):
        assert checks[name]["verdict"] == "not judged" and checks[name]["says"].startswith("Not judged: "), checks[name]
    assert checks["contamination"]["verdict"] == "sound"
