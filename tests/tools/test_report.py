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


def test_csv_is_one_file_a_table(site, log):
    site.run("report", log, "--csv", "out", "--goal", "/demo")
    names = {path.name for path in (site / "out").iterdir()}
    assert {"pages.csv", "signals.csv", "comparisons.csv", "exposure.csv"} <= names
    with open(site / "out/exposure.csv", newline="", encoding="utf-8") as file:
        rows = {row["slot"]: row for row in csv.DictReader(file)}
    assert rows["hero-cta"]["shown"] == "1" and rows["case-study"]["shown"] == "0" and rows["case-study"]["missing"] == "1"


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
    log.write_text(line(1, signals=SIGNAL, **SHOWN) + line(2) + line(3, bot=True, signals=SIGNAL))
    told = signals(site.run("signals", log))
    assert told == [{
        "ts": "2026-11-03T10:00:00.001Z", "signal": "pricing-visit", "next": "Call with the TCO sheet", "account": "deere",
        "name": "Deere & Company", "tier": "one-to-one", "stage": "opportunity", "owner": "jo@acme.example", "confidence": "high",
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
