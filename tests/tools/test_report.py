"""abmctl report and abmctl signals, as a person runs them."""

import csv
import gzip
import json
import os
import re
import signal
import sqlite3
import subprocess
import time

import pytest

from abmctl_program import PROGRAM


def line(number, account="deere", path="/", arm="treated", day=3, **changes):
    visit = {"v": 1, "ts": f"2026-11-{day:02}T10:00:00.{number % 1000:03}Z", "request_id": f"{number:032x}",
             "host": "www.acme.example", "method": "GET", "path": path, "status": 200, "referrer_host": None,
             "account": account, "tier": "one-to-one", "segments": ["ag-equipment"], "stage": "opportunity",
             "owner": "jo@acme.example", "source": "feed", "confidence": "high", "network": "198.51.100.0/24",
             "ip": "198.51.100.0", "visitor": f"{number % 3:032x}", "arm": arm, "generation": 1, "page": "original",
             "rules": [], "signals": [], "skip": "no-rule", "bot": False, "bytes": 100, "rewrite_us": 5}
    visit.update(changes)
    return json.dumps(visit, separators=(",", ":")) + "\n"


SIGNAL = [{"rule": "plan", "name": "pricing-visit", "next": "Call with the TCO sheet"}]
SHOWN = {"page": "personalized", "skip": None, "generation": 1,
         "rules": [{"id": "deere-home", "variant": None, "slots": {"hero-cta": "applied", "case-study": "missing"}}]}


@pytest.fixture
def log(site):
    path = site / "visits.jsonl"
    path.write_text(line(1, **SHOWN) + line(2, path="/pricing", signals=SIGNAL) + line(3, account="ford", path="/demo")
                    + line(4, account="ford", path="/demo", bot=True))
    return path


def test_a_site_that_cannot_be_used_is_not_taken_for_none(site, log):
    site.run("publish")
    site.replace("site.yaml", "keep: 3", "kept: 3")
    said = site.errors("report", log, "--json", status=2)
    assert "site.yaml:" in said and "'kept'" in said
    assert site.json("report", log, "--data", "data")["tables"]


def test_a_page_is_written_and_told(site, log):
    told = site.text("report", log, "--goal", "/demo", "-o", "out.html", "--accounts", "accounts.ndjson")
    assert told == "out.html: 3 visits of 2 accounts\n"
    page = (site / "out.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>")
    assert "default-src 'none'" in page
    assert not re.search(r'(?:src|href|action)="(?!#|data:,")', page), "the page loads something"
    assert "2 of 3" in page and "Not enough data" in page


def test_without_a_file_the_page_goes_to_standard_output(site, log):
    assert site.text("report", log).startswith("<!DOCTYPE html>")
    assert site.text("report", log, "-o", "-").startswith("<!DOCTYPE html>")


def test_json_tells_all_figures(site, log):
    answer = site.json("report", log, "--goal", "/demo", "--accounts", "accounts.ndjson")
    assert answer["tables"]["summary"][0]["visits"] == 3 and answer["tables"]["summary"][0]["bot_visits"] == 1
    assert {row["tier"]: (row["listed"], row["reached"]) for row in answer["tables"]["penetration"]} == \
        {"one-to-one": (1, 1), "one-to-few": (1, 1), "one-to-many": (1, 0)}
    assert answer["tables"]["signals"] == [
        {"last_visit": "2026-11-03 10:00", "account": "deere", "name": "Deere & Company", "tier": "one-to-one",
         "owner": "jo@acme.example", "signal": "pricing-visit", "last_page": "/pricing", "visits": 1,
         "next": "Call with the TCO sheet"}]
    goal = answer["goals"][0]
    assert goal["goal"] == "/demo" and goal["treated"]["accounts"] == 2 and goal["treated"]["reached"] == 1
    assert goal["difference"] is None and goal["not_enough_data"] == "0 accounts kept back, at least 20 are needed"


def programme(days=30):
    """Two accounts a day, treated and control in turn; every second treated one is on the goal page two days later."""
    lines = []
    for number in range(2 * days):
        day, account = number // 2 + 1, f"account-{number}"
        arm = "control" if number % 2 else "treated"
        lines.append(line(2 * number, account=account, arm=arm, day=day))
        if number % 4 == 0 and day + 2 <= 30:
            lines.append(line(2 * number + 1, account=account, arm=arm, path="/demo", day=day + 2))
    return "".join(lines)


def test_what_may_be_looked_at_daily_takes_a_plan(site):
    (site / "visits.jsonl").write_text(programme())
    asked = ("report", "visits.jsonl", "--goal", "/demo", "--accounts", "accounts.ndjson")
    goal = site.json(*asked)["goals"][0]
    assert goal["daily"] is None and "--control PERCENT" in goal["daily_lacks"]
    goal = site.json(*asked, "--control", "50", "--within", "7")["goals"][0]
    daily = goal["daily"]
    # The last visit is on the 30th at ten: those of the 23rd have seven days behind them, but for a few milliseconds.
    assert daily["days"] == 7 and daily["treated"]["accounts"] == 23 and daily["control"]["accounts"] == 23
    assert daily["treated"]["reached"] == 12 and daily["control"]["reached"] == 0
    assert 0 < daily["p"] < 0.05 and daily["p"] == pytest.approx(1 / daily["evidence"])
    assert daily["interval"] is None and "at least 50 are needed" in daily["interval_lacks"]
    assert goal["daily_lacks"] is None and "daily" not in goal["tiers"][0]
    early = site.json(*asked, "--control", "50", "--within", "1", "--to", "2026-11-01")["goals"][0]
    assert early["daily_lacks"] == "no account has its first day behind it yet"
    page = site.text(*asked, "--control", "50", "--within", "7", "-o", "-")
    assert "May be looked at every day" in page and "52.2% (12 of 23)" in page
    site.run(*asked, "--control", "50", "--within", "7", "--csv", "out")
    with open(site / "out/comparisons.csv", newline="", encoding="utf-8") as file:
        first, *others = csv.DictReader(file)
    assert first["daily_treated_reached"] == "12" and float(first["daily_p"]) == daily["p"]
    assert all(row["daily_p"] == "" for row in others)


def test_arms_that_are_not_as_planned_are_told_above_all_else(site):
    accounts = {f"account-{number}" for number in range(60)}
    header = (site / "accounts.ndjson").read_text().splitlines()[0]
    (site / "all.ndjson").write_text("\n".join([header, *(json.dumps({"id": name, "name": name}) for name in sorted(accounts))]) + "\n")
    (site / "visits.jsonl").write_text(programme())
    asked = ("report", "visits.jsonl", "--goal", "/demo", "--accounts", "all.ndjson", "--within", "7")
    good = site.json(*asked, "--control", "50")
    assert good["tables"]["sample_ratio"] == [{"rule": None, "treated": 30, "kept_back": 30, "planned_share": 0.5,
                                               "expected_kept_back": 30, "p": 1, "remark": None, "accounts": "those that came"}]
    assert not [remark for remark in good["remarks"] if "than planned" in remark]
    bad = site.run(*asked, "--control", "10", "--json")
    answer = json.loads(bad.stdout)
    assert answer["remarks"][0].startswith("More accounts than planned are in the control group: 30 of 60 listed accounts")
    assert answer["remarks"][0] in bad.stderr.decode()
    assert answer["goals"][0]["daily_lacks"] == "the arms are not as planned (the top of the page says more)"
    assert "class=\"verdict" in site.text(*asked, "--control", "50", "-o", "-")
    page = site.text(*asked, "--control", "10", "-o", "-")
    assert page.count("More accounts than planned") == 1 and "class=\"verdict" not in page
    assert page.index("More accounts than planned") < page.index('class="figures"')


def test_the_first_goal_is_the_primary_one(site):
    (site / "visits.jsonl").write_text(programme())
    answer = site.json("report", "visits.jsonl", "--goal", "/**", "--goal", "/demo")
    first, second = answer["goals"]
    assert first["goal"] == "/**" and first["primary"] and first["difference"] is None
    assert not second["primary"]
    assert second["difference"]["p_adjusted"] == pytest.approx(second["difference"]["p"]), "it is the only other one with a p"
    alone = site.json("report", "visits.jsonl", "--goal", "/demo")["goals"][0]
    assert alone["primary"] and alone["difference"]["p_adjusted"] is None
    site.run("report", "visits.jsonl", "--goal", "/**", "--goal", "/demo", "--csv", "out")
    with open(site / "out/comparisons.csv", newline="", encoding="utf-8") as file:
        rows = {(row["goal"], row["group"]): row for row in csv.DictReader(file)}
    assert float(rows["/demo", "all accounts against control"]["p_adjusted"]) == second["difference"]["p_adjusted"]
    assert rows["/**", "all accounts against control"]["p_adjusted"] == ""


@pytest.mark.parametrize("option, value", [("--control", "ten"), ("--control", "101"), ("--control", "-1"), ("--control", "nan"),
                                           ("--within", "0"), ("--within", "366")])
def test_a_plan_that_cannot_be_is_refused(site, log, option, value):
    assert f"{option} " in site.errors("report", log, f"{option}={value}", status=2)


def test_the_published_rules_tell_the_plan(site):
    site.replace("rules/home.yaml", "rules:\n", "control: { percent: 50 }\nrules:\n")
    site.run("publish")
    (site / "visits.jsonl").write_text(programme())
    goal = site.json("report", "visits.jsonl", "--goal", "/demo", "--within", "7")["goals"][0]
    assert goal["daily"]["control"]["accounts"] == 23
    # Visits from under other rules.
    goal = site.json("report", "visits.jsonl", "--goal", "/demo", "--within", "7", "--control", "0")["goals"][0]
    assert goal["daily_lacks"].startswith("no control group is planned")


def test_csv_is_one_file_a_table(site, log):
    site.run("report", log, "--csv", "out", "--goal", "/demo")
    names = {path.name for path in (site / "out").iterdir()}
    assert {"pages.csv", "signals.csv", "comparisons.csv", "exposure.csv"} <= names
    with open(site / "out/exposure.csv", newline="", encoding="utf-8") as file:
        rows = {row["slot"]: row for row in csv.DictReader(file)}
    assert rows["hero-cta"]["sent"] == "1" and rows["case-study"]["sent"] == "0" and rows["case-study"]["missing"] == "1"


def test_many_logs_plain_gzip_rotated_and_standard_input_count_once(site, log):
    with gzip.open(site / "visits.jsonl.1.gz", "wb") as packed:
        packed.write((line(0, day=1) + line(1, **SHOWN)).encode())
    answer = site.json("report", log, site / "visits.jsonl.1.gz", log, "--db", "visits.db")
    assert answer["tables"]["summary"][0]["visits"] == 4
    again = json.loads(site.run("report", "-", "--db", "visits.db", "--json", stdin=log.read_bytes()).stdout)
    assert again["tables"]["summary"][0] == answer["tables"]["summary"][0]
    assert [row["already_known"] for row in again["tables"]["sources"]] == [0, 1, 4]
    kept = site.json("report", "--db", "visits.db")
    assert kept["tables"]["skips"] == answer["tables"]["skips"]
    with sqlite3.connect(site / "visits.db") as database:
        assert database.execute("SELECT count(*) FROM visits WHERE account = 'deere'").fetchone() == (3,)


def test_the_period_takes_whole_days_or_moments(site):
    log = site / "log"
    log.write_text("".join(line(day, day=day) for day in range(1, 11)))

    def visits(*period):
        return site.json("report", log, *period)["tables"]["summary"][0]["visits"]

    assert visits() == 10
    assert visits("--from", "2026-11-03") == 8
    assert visits("--from", "2026-11-03", "--to", "2026-11-05") == 3
    assert visits("--to", "2026-11-05T00:00:00Z") == 4
    assert visits("--from", "2027-01-01") == 0
    assert "is neither a day" in site.errors("report", log, "--from", "yesterday", status=2)
    assert "is not before" in site.errors("report", log, "--from", "2026-11-05", "--to", "2026-11-03", status=2)


def test_damaged_lines_are_left_out_and_shown(site, log):
    good = log.read_bytes()
    log.write_bytes(b"\x00\xff garbage\n" + good + b'{"v":3}\n' + good[:100])
    done = site.run("report", log, "--json")
    answer = json.loads(done.stdout)
    assert answer["tables"]["summary"][0]["visits"] == 3
    assert sum(row["lines"] for row in answer["tables"]["damage"]) == 3
    assert b"not a JSON object: line 1, line 7 (the log ends within it)" in done.stderr
    assert b"another version of the format: line 6" in done.stderr
    assert "3 of 7 lines could not be read and are in no figure" in site.text("report", log)


def test_nothing_but_damage_is_a_problem_and_an_empty_log_is_not(site):
    log = site / "log"
    log.write_text("not a visit\n")
    assert "1 of 1 line could not be read" in site.run("report", log, status=1).stdout.decode()
    log.write_text("")
    assert "no visits in this period" in site.text("report", log)


def test_a_broken_gzip_gives_what_came_before_and_says_so(site, log):
    packed = gzip.compress(b"".join(line(n).encode() for n in range(5000)))
    (site / "cut.gz").write_bytes(packed[:len(packed) // 2])
    done = site.run("report", "cut.gz", "--json")
    answer = json.loads(done.stdout)
    assert 0 < answer["tables"]["summary"][0]["visits"] < 5000
    assert b"the gzip data is cut off" in done.stderr


def test_what_cannot_be_read_is_named(site, log):
    assert "nowhere: no such file" in site.errors("report", log, "nowhere", status=2)
    assert "no visit log was named" in site.errors("report", status=2)
    assert "--goal 'demo'" in site.errors("report", log, "--goal", "demo", status=2)
    (site / "other.db").write_bytes(b"x" * 5000)
    assert "other.db" in site.errors("report", log, "--db", "other.db", status=2)
    assert "accounts.csv" in site.errors("report", log, "--accounts", "accounts.csv", status=2)


def test_the_nearest_published_site_tells_the_list(site, log):
    assert site.json("report", log)["accounts_listed_by"] is None
    site.run("publish")
    assert site.json("report", log)["accounts_listed_by"] == "feed version 100 of acme-web (generation 1)"
    assert site.json("report", log, "--data", "data", cwd=site.folder.parent / "site")["tables"]["penetration"]


def test_own_queries_stand_beside_the_built_in_ones(site, log):
    (site / "sql").mkdir()
    (site / "sql/owners.sql").write_text("-- By owner\n-- Mine.\nSELECT owner, count(*) AS visits FROM visits GROUP BY 1")
    assert site.json("report", log, "--sql", "sql")["tables"]["owners"] == [{"owner": "jo@acme.example", "visits": 4}]
    assert "<h2>By owner</h2>" in site.text("report", log, "--sql", "sql")


@pytest.mark.parametrize("sql", ["DELETE FROM visit", "ATTACH 'other.db' AS other", "PRAGMA user_version = 99",
                                 "CREATE TABLE more (a)", "VACUUM INTO 'copy.db'", "WITH a AS (SELECT 1) UPDATE visit SET bot = 1"])
def test_own_queries_only_read(site, log, sql):
    (site / "sql").mkdir()
    (site / "sql/more.sql").write_text(sql)
    site.run("report", log, "--db", "v.db", "-o", "page.html")
    before = (site / "v.db").read_bytes()
    said = site.errors("report", "--db", "v.db", "--sql", "sql", "--json", status=2)
    assert "more.sql" in said and "only read" in said
    assert (site / "v.db").read_bytes() == before and not (site / "other.db").exists() and not (site / "copy.db").exists()


def test_hostile_text_stays_text(site):
    log = site / "log"
    log.write_text(line(1, path="/</script><script>alert(1)</script>", referrer_host="\u2028", owner="=cmd|' /C calc'!A0",
                        signals=[{"rule": "r", "name": "<img src=x onerror=alert(1)>", "next": "&amp;"}]))
    page = site.text("report", log)
    assert "<script>alert" not in page and "<img" not in page and "&amp;amp;" in page
    site.run("report", log, "--csv", "out")
    assert "\"'=cmd|' /C calc'!A0\"" in (site / "out/signals.csv").read_text()


def signals(done):
    return [json.loads(text) for text in done.stdout.splitlines()]


def test_signals_say_who_where_what_was_shown_and_what_next(site, log):
    site.run("publish")
    log.write_text(line(1, signals=SIGNAL, source="link", role="buyer", campaign="q4", **SHOWN) + line(2)
                   + line(3, bot=True, signals=SIGNAL))
    told = signals(site.run("signals", log))
    assert told == [{
        "ts": "2026-11-03T10:00:00.001Z", "signal": "pricing-visit", "next": "Call with the TCO sheet", "account": "deere",
        "name": "Deere & Company", "tier": "one-to-one", "stage": "opportunity", "owner": "jo@acme.example", "confidence": "high",
        "role": "buyer", "campaign": "q4",
        "host": "www.acme.example", "path": "/", "referrer_host": None, "visitor": f"{1:032x}", "arm": "treated",
        "shown": [{"rule": "deere-home", "variant": None, "slot": "hero-cta",
                   "content": '"See the plan we drew up", href="/for/deere"'}],
        "rule": "plan", "request_id": f"{1:032x}", "bot": False}]
    assert len(signals(site.run("signals", log, "--bots"))) == 2


def test_prefetches_and_parts_of_pages_are_neither_visits_nor_signals(site, log):
    log.write_text(line(1, signals=SIGNAL, **SHOWN)
                   + line(2, v=2, load="prefetch", path="/demo", signals=SIGNAL, **SHOWN)
                   + line(3, v=2, load="partial", path="/demo", signals=SIGNAL, **SHOWN)
                   + line(4, v=2, load="page", path="/pricing", signals=SIGNAL, **SHOWN))
    assert [int(told["request_id"], 16) for told in signals(site.run("signals", log))] == [1, 4]
    tables = site.json("report", log, "--goal", "/demo")["tables"]
    assert tables["summary"][0]["visits"] == 2
    assert {row["page"] for row in tables["pages"]} == {"www.acme.example/", "www.acme.example/pricing"}
    assert {row["load"]: row["requests"] for row in tables["loads"]} == {"pages": 2, "prefetches": 1, "parts of pages": 1}
    assert "Pages and other loads" in site.text("report", log)


def seen(request, account="deere", path="/", slots=("hero-cta",), **fields):
    """A line of kind "seen", about the visit that line(request) writes."""
    told = {"v": 2, "kind": "seen", "ts": "2026-11-03T10:00:05.000Z", "request_id": f"{request:032x}", "host": "www.acme.example",
            "path": path, "account": account, "tier": "one-to-one", "visitor": f"{request:032x}", "arm": "treated", "generation": 43,
            "slots": list(slots), "bot": False, **fields}
    return json.dumps(told) + "\n"


AT_RISK = {**SHOWN, "rules": [{"id": "deere-home", "variant": None, "slots": {"hero-cta": "applied:at-risk"}}], "framework": "react"}


def test_what_was_sent_at_risk_and_seen_is_told_apart(site, log):
    log.write_text(line(1, **SHOWN) + line(2, **SHOWN) + line(3, v=2, load="page", feed_version=1, **AT_RISK)
                   + seen(1) + seen(1) + seen(3) + seen(2, account="ford") + seen(77))
    answer = site.json("report", log)
    (row,) = [row for row in answer["tables"]["exposure"] if row["slot"] == "hero-cta"]
    assert {name: row[name] for name in ("sent", "at_risk", "seen", "seen_share")} == \
        {"sent": 3, "at_risk": 1, "seen": 1, "seen_share": 0.5}
    assert answer["tables"]["beacons"] == [{"belongs_to": "visit", "pages": 2}, {"belongs_to": "another account", "pages": 1},
                                           {"belongs_to": "no visit", "pages": 1}]
    assert answer["tables"]["summary"][0]["visits"] == 3, "what was seen is no visit"
    assert (answer["tables"]["sources"][0]["loaded"], answer["tables"]["sources"][0]["already_known"]) == (7, 1)
    risk, share, strays = answer["remarks"]
    assert risk.startswith("1 of 3 exposures were on slots that the page's own framework (react) replaces after loading: it is not")
    assert share.startswith("Of 2 exposures that were not at risk, at least 1 (50.0%) was in view for a second")
    assert strays.startswith("Visitors' browsers told of 2 pages that belong to no visit of the same account")
    done = site.run("report", log, "-o", "page.html")
    assert risk in done.stderr.decode()
    page = (site / "page.html").read_text()
    assert page.index("1 of 3 exposures") < page.index("<section") and "At risk</th>" in page and "Seen share</th>" in page
    site.run("report", log, "--csv", "out")
    assert (site / "out/beacons.csv").read_text().splitlines()[0] == "belongs_to,pages"


def test_without_a_beacon_nothing_is_said_of_what_was_seen(site, log):
    answer = site.json("report", log)
    assert all(row["seen"] is None and row["seen_share"] is None for row in answer["tables"]["exposure"])
    assert answer["tables"]["beacons"] == [] and not any("in view" in remark for remark in answer["remarks"])


def test_signals_pass_over_what_was_seen(site, log):
    site.run("publish")
    log.write_text(line(1, signals=SIGNAL, **SHOWN) + seen(1) + line(2, signals=SIGNAL, v=2, load="page", feed_version=1, **AT_RISK))
    done = site.run("signals", log)
    assert [len(told["shown"]) for told in signals(done)] == [1, 0], "what is at risk is not what the visitor got"
    assert b"not a visit line" not in done.stderr


def test_signals_of_standard_input_without_a_site(site, tmp_path):
    done = site.run("signals", cwd=tmp_path, stdin=(line(1, signals=SIGNAL, **SHOWN) + "torn").encode())
    (told,) = signals(done)
    assert told["name"] is None and told["owner"] == "jo@acme.example" and told["shown"][0]["content"] is None
    assert b"1 line is not a visit line" in done.stderr


def test_signals_follow_a_log_across_rotation(site, log):
    log.write_text(line(1, signals=SIGNAL))
    following = subprocess.Popen([PROGRAM, "signals", str(log), "--follow"], cwd=site.folder, stdout=subprocess.PIPE)
    try:
        def next_id():
            return int(json.loads(following.stdout.readline())["request_id"], 16)

        assert next_id() == 1
        with open(log, "a", encoding="utf-8") as file:
            whole = line(2, signals=SIGNAL)
            file.write(whole[:50])
            file.flush()
            time.sleep(0.3)
            file.write(whole[50:])
        assert next_id() == 2
        os.rename(log, f"{log}.1")
        with open(f"{log}.1", "a", encoding="utf-8") as file:
            file.write(line(3, signals=SIGNAL))
        assert next_id() == 3
        log.write_text(line(4, signals=SIGNAL))
        assert next_id() == 4
        following.send_signal(signal.SIGTERM)
        assert following.wait(timeout=30) == 0
    finally:
        following.kill()
        following.stdout.close()
        following.wait()


def test_one_line_of_1970_hides_no_day(site):
    log = site / "log"
    log.write_text(line(1, ts="1970-01-01T00:00:07Z") + "".join(line(n, day=n) for n in range(2, 9)) + line(20, ts="2019-12-31T23:59:59Z")
                   + line(21, ts="9999-12-31T23:59:59Z") + line(22, ts="1980-01-06T00:00:00Z"))
    done = site.run("report", log, "--json")
    tables = json.loads(done.stdout)["tables"]
    assert [day["day"] for day in tables["daily"]] == [f"2026-11-{n:02}" for n in range(2, 9)]
    assert tables["summary"][0]["visits"] == 7 and tables["summary"][0]["first_visit"].startswith("2026-11-02")
    assert tables["damage"] == [{"log": str(log), "reason": "a time that is out of the question (before 2020, or over a year ahead)",
                                 "lines": 4, "examples": "line 1 (1970-01-01T00:00:07Z), line 9 (2019-12-31T23:59:59Z), "
                                                         "line 10 (9999-12-31T23:59:59Z) …"}]
    assert b"4 lines left out: a time that is out of the question" in done.stderr
    assert "4 of 11 lines could not be read and are in no figure" in site.text("report", log)


def test_visits_of_many_years_are_all_days(site):
    log = site / "log"
    log.write_text(line(1, ts="2020-01-01T00:00:00Z") + line(2))
    daily = site.json("report", log)["tables"]["daily"]
    assert len(daily) == 2499 and daily[0]["day"] == "2020-01-01" and daily[-1]["day"] == "2026-11-03"
    assert "2,437 rows more" in site.text("report", log)


def test_old_lines_of_a_database_are_counted(site, log):
    site.run("report", log, "--db", "visits.db", "-o", "out.html")
    with sqlite3.connect(site / "visits.db") as database:
        database.execute("UPDATE visit SET ts_ms = 5000 WHERE rowid = 2")
    answer = site.json("report", "--db", "visits.db")
    assert answer["tables"]["summary"][0]["visits"] == 2 and len(answer["tables"]["daily"]) == 1
    assert answer["remarks"] == ["1 visit of the database has a time before 2020 or over a year ahead, and is in no figure."]


def test_a_goal_that_matches_no_page_says_so_with_the_nearest_paths(site, log):
    log.write_text(line(1, path="/demo") + line(2, path="/en/Contact/") + line(3, path="/en/contact/thanks.html") + line(4, path="/"))
    done = site.run("report", log, "--goal", "/demmo", "--goal", "/contact", "--goal", "/thanks", "--goal", "/xyz/**", "--goal", "/demo", "--json")
    answer = json.loads(done.stdout)
    assert [(goal["goal"], goal["pages"], goal["nearest"]) for goal in answer["goal_pages"]] == [
        ("/demmo", 0, ["/demo"]), ("/contact", 0, ["/en/Contact/"]), ("/thanks", 0, ["/en/contact/thanks.html"]), ("/xyz/**", 0, []),
        ("/demo", 1, [])]
    told = done.stderr.decode()
    assert "The goal /demmo matches no page that was ever seen, so nobody can have reached it; nearest: /demo (1 visit)." in told
    assert "The goal /xyz/** matches no page that was ever seen, so nobody can have reached it; nothing resembles it, and the pages" in told
    assert "The goal /demo" not in told
    page = site.text("report", log, "--goal", "/demmo")
    assert "The goal /demmo matches no page" in page and "Not enough data" not in page


def test_a_goal_without_visits_in_the_period_says_so(site, log):
    answer = site.json("report", log, "--goal", "/demo", "--to", "2026-11-02")
    assert "The goal /demo matches 1 page, but no person was seen there in this period." in answer["remarks"]
    assert "No visit lies in this period; those that were read lie between 2026-11-03 and 2026-11-03 (UTC)." in answer["remarks"]


def test_a_report_of_robots_only_says_so(site):
    log = site / "log"
    log.write_text(line(1, bot=True) + line(2, bot=True))
    done = site.run("report", log)
    assert b"All 2 visits in this period are by robots, which are in no figure. Programs such as curl" in done.stderr
    assert b"All 2 visits in this period are by robots" in done.stdout
    log.write_text("".join(line(n, v=2, load="page", bot=True, bot_by=name) for n, name in enumerate(["curl", "wget", "Curl", None], 1)))
    remark = site.json("report", log)["remarks"][0]
    assert remark.startswith("All 4 visits in this period are by robots (taken for such by: curl 2, wget 1), which are in no figure.")
    log.write_text(line(1, v=2, load="prefetch"))
    assert "The only request in this period is for a prefetch or a part of a page" in site.json("report", log)["remarks"][0]
    log.write_text(line(1) + line(2, bot=True))
    assert site.json("report", log)["remarks"] == []


def test_personalized_is_a_share_of_the_visits_that_could_be(site):
    log = site / "log"
    log.write_text("".join(line(n, **SHOWN) for n in range(1, 4)) + line(4)
                   + "".join(line(n, arm="control", skip="control") for n in range(5, 10))
                   + line(10, arm=None, skip="excluded") + line(11, arm="holdout", skip="holdout")
                   + line(12, v=2, load="prefetch", **SHOWN) + line(13, bot=True, **SHOWN))
    tables = site.json("report", log)["tables"]
    summary = tables["summary"][0]
    assert (summary["visits"], summary["personalized"], summary["could_be"]) == (11, 3, 4)
    assert tables["pages"][0]["personalized_share"] == 0.75 and tables["pages"][0]["could_be"] == 4
    assert "<dd>75.0%<small>3 of 4 visits that could be</small>" in site.text("report", log)
    log.write_text(line(1, arm="control", skip="control"))
    assert "<dd>–<small>0 of 0 visits that could be</small>" in site.text("report", log)
    assert site.json("report", log)["tables"]["pages"][0]["personalized_share"] is None


def test_hosts_beyond_five_are_counted(site):
    log = site / "log"
    log.write_text("".join(line(n, host=f"h{n}.example") for n in range(1, 9)))
    assert site.json("report", log)["tables"]["summary"][0]["hosts"] == "h1.example, h2.example, h3.example, h4.example, h5.example, and 3 more"
