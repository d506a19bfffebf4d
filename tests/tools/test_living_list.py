"""Visits change the list: publish and the agent read them, and every command sees what a publication would."""

import hashlib
import re
import shutil
import sqlite3
import subprocess
import time

import pytest

import nats
from ports import free_port
from test_agent import Agent
from test_sync_clock import Clock

DAY = 86400
ENGAGEMENT = """
engagement:
  visits: [ visits.jsonl* ]
  every: 1s
  points: { page: 1, "path:/pricing": 5, "signal:pricing-visit": 8, person: 3 }
stages:
  - { name: engaged, when: { engagement: { min: 10 } }, hold: 14d }
plays:
  - { name: win-back, when: { quiet_days: { min: 1 } } }
"""
RULE = """
  - id: engaged-story
    when: { stage: engaged, path: /engaged }
    rewrite:
      hero-cta: { text: "You know us by now" }
"""
URL = ("--url", "https://www.acme.example/engaged")


def person(number):
    """What nginx logs of a visitor: a keyed hash, whose first half tells people apart."""
    return hashlib.md5(str(number).encode()).hexdigest()


def line(number, account="ford", at=None, **fields):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() if at is None else at))
    return nats.line(number, ts=stamp, account=account, **{"signals": [], "visitor": person(number), **fields})


def write(site, *lines):
    with open(site / "visits.jsonl", "a", encoding="utf-8") as log:
        log.write("".join(lines))


@pytest.fixture
def living(site):
    with open(site / "site.yaml", "a", encoding="utf-8") as text:
        text.write(ENGAGEMENT)
    with open(site / "rules/home.yaml", "a", encoding="utf-8") as text:
        text.write(RULE)
    return site


@pytest.fixture
def start(living):
    agents = []

    def begin(**environment):
        agents.append(Agent(living, **environment))
        return agents[-1]

    yield begin
    for agent in agents:
        if agent.process.poll() is None:
            assert agent.stop() == 0


def matched(site, account, *more):
    rules = site.json("explain", *more, "--account", account, *URL)["rules"]
    return next(rule for rule in rules if rule["id"] == "engaged-story")["matched"]


def journal(site):
    with sqlite3.connect(site / "data/engagement.db") as database:
        return database.execute("SELECT account, field, value FROM listed").fetchall()


def test_publish_reads_what_is_new_and_moves_accounts(living):
    write(living, line(1, path="/pricing"))
    said = living.text("publish")
    assert "published generation 1" in said and "engagement: 20" in said
    assert not matched(living, "ford")
    assert "up to date" in living.text("publish")
    write(living, line(2, path="/pricing"))
    living.run("publish")
    assert matched(living, "ford") and not matched(living, "smallco")
    status = living.json("status")["visits"]
    assert (status["lines"], status["failures"], status["fault"]) == (2, 0, None) and status["succeeded_at"]
    assert re.search(r"visits read \d+ seconds? ago, 2 lines so far", living.text("status"))


def test_drafts_see_what_a_publication_would_and_leave_no_trace(living):
    write(living, *(line(i, path="/pricing") for i in range(2)))
    assert matched(living, "ford", "--draft") and not matched(living, "smallco", "--draft")
    assert "(UTC): visits of 1 listed account are known, and 1 account is moved" in living.text("check")
    assert not (living / "data").exists()
    living.run("publish")
    before = journal(living)
    living.replace("accounts.ndjson", '"tier":"one-to-few"', '"tier":"one-to-one","stage":"customer"')
    assert not matched(living, "ford", "--draft")  # the list's own stage wins
    assert journal(living) == before
    # Nor does a list that is refused.
    living.replace("accounts.ndjson", '"version":100', '"version":99')
    living.run("publish", status=1)
    assert journal(living) == before and matched(living, "ford")
    living.replace("accounts.ndjson", '"version":99', '"version":101')
    living.run("publish")
    assert journal(living) != before and not matched(living, "ford")


def test_what_visits_may_give_is_not_unknown(living):
    with open(living / "rules/home.yaml", "a", encoding="utf-8") as text:
        for i, when in enumerate(["stage: engagde", "play: win-back", "engagement: { min: 99 }", "{ not: { play: win-back } }"]):
            when = when if when.startswith("{") else f"{{ {when}, path: /x{i} }}"
            text.write(f"  - id: x{i}\n    when: {when}\n    rewrite: {{ hero-cta: {{ text: x }} }}\n")
    # Nobody has come yet: the rule for engaged accounts has nobody, for now.
    said = living.errors("check")
    found = re.findall(r"warning: (.*) \[(ABM004|ABM011)\]", said)
    assert found == [("no account of the feed can match rule 'x0'", "ABM004"),
                     ("no account of the feed has stage 'engagde', did you mean 'engaged'?", "ABM011")], said
    # Without the moves, they are unknown.
    living.replace("site.yaml", ENGAGEMENT, "")
    assert "no account of the feed has stage 'engaged'" in living.errors("check")


def test_explain_tells_an_accounts_story(living):
    write(living, *(line(i, path="/pricing") for i in range(2)))
    living.run("publish")
    text = living.text("explain", "--account", "ford")
    assert "engagement 16 = min(100, round(16.000))" in text and "1 × 5 points: /pricing" not in text
    assert "2 × 5 points: /pricing" in text
    assert "moved: stage engaged until" in text and "(engagement 16, at least 10)" in text
    assert "the list says tier: one-to-few since 20" in text
    assert "moved: stage engaged until" in living.text("explain", "--account", "ford", *URL)
    told = living.json("explain", "--account", "ford", *URL)["visits"]
    assert told["engagement"] == 16 and told["moves"][0]["to"] == "engaged" and told["days"][0]["points"] == 16
    assert {"field": "tier", "since": time.strftime("%Y-%m-%d", time.gmtime()), "value": "one-to-few"} in told["list"]
    assert living.json("explain", "--account", "Ford Motor Company")["visits"] == told
    assert "say which page" in living.errors("explain", "--ip", "198.51.100.7", status=2)


def test_an_unreadable_database_refuses_a_publication_and_only_warns_a_draft(living):
    write(living, *(line(i, path="/pricing") for i in range(2)))
    living.run("publish")
    with sqlite3.connect(living / "data/engagement.db") as database:
        database.execute("PRAGMA user_version = 9")
    write(living, line(7, path="/pricing"))
    errors = living.errors("publish", status=1)
    assert "what visits made of accounts is not known" in errors and "has version 9" in errors
    assert "(generation 1 goes on serving)" in errors and matched(living, "ford")
    assert "accounts are as the list says them here" in living.errors("check")
    assert "has version 9" in living.json("status")["visits"]["fault"]


def test_a_damaged_database_is_read_again_and_the_same_is_published(living):
    write(living, *(line(i, path="/pricing") for i in range(2)))
    living.run("publish")
    for name in ("engagement.db-wal", "engagement.db-shm"):
        (living / "data" / name).unlink(missing_ok=True)
    (living / "data/engagement.db").write_bytes(b"x" * 20000)
    done = living.run("publish")
    assert b"engagement.db.damaged-1" in done.stderr and b"generation 1 is up to date" in done.stdout


def test_the_agent_publishes_what_visits_change_and_nothing_else(living, start):
    write(living, line(1, path="/about"))
    agent = start()
    agent.wait_for_generation(1)
    # Engagement 4 to 5: no rule sees it, and no stage is reached.
    write(living, line(2, path="/about", visitor=person(1)))
    agent.wait(lambda: living.json("status")["visits"]["lines"] == 2, "the line was not read")
    write(living, line(3, path="/pricing"))
    agent.wait(lambda: matched(living, "ford"), "the page did not follow")
    agent.wait_for("published generation 2")
    # Nor does the next line change anything; what comes after it is the next generation.
    write(living, line(4, path="/about"))
    agent.wait(lambda: living.json("status")["visits"]["lines"] == 4, "the line was not read")
    write(living, *(line(i, account="smallco", path="/pricing") for i in (5, 6)))
    agent.wait(lambda: matched(living, "smallco"), "the page did not follow")
    agent.wait_for("published generation 3")
    assert agent.said().count("visits changed 1 account") == 2
    assert living.current() == "gen-000003\n"


def test_the_agent_tells_a_fault_once_serves_on_and_catches_up(living, start):
    write(living, line(1, path="/about"))
    agent = start()
    agent.wait_for_generation(1)
    with sqlite3.connect(living / "data/engagement.db", timeout=10) as database:
        database.execute("PRAGMA user_version = 9")
    write(living, *(line(i, path="/pricing") for i in range(2, 5)))
    agent.wait_for("visits cannot be read")
    agent.wait(lambda: living.json("status")["visits"]["failures"] >= 2, "it gave up")
    assert agent.said().count("visits cannot be read") == 1 and living.current() == "gen-000001\n"
    with sqlite3.connect(living / "data/engagement.db", timeout=10) as database:
        database.execute("PRAGMA user_version = 1")
    agent.wait_for("visits can be read again")
    agent.wait_for_generation(2)
    assert matched(living, "ford")


@pytest.mark.skipif(shutil.which("c++") is None, reason="no compiler")
def test_a_new_day_publishes_what_changes_with_it(living, start, tmp_path):
    clock = Clock(tmp_path)
    write(living, line(1, path="/pricing"), line(2, path="/pricing"))
    agent = start(**clock.environment)
    agent.wait_for_generation(1)
    assert matched(living, "ford")
    assert "play -" in living.text("explain", "--account", "ford")
    clock.set(DAY)
    agent.wait_for_generation(2)  # one quiet day: win-back
    clock.set(60 * DAY)
    agent.wait_for_generation(3)  # the stage's 14 days are over
    assert not matched(living, "ford")


@pytest.mark.skipif(nats.PROGRAM is None, reason="no nats-server here")
def test_a_stream_that_is_away_is_told_and_what_was_read_counts(living, tmp_path):
    server = nats.Server(tmp_path, free_port()).start()
    try:
        log = tmp_path / "shipped.jsonl"
        log.write_text("".join(line(i, path="/pricing") for i in range(2)))
        shipped = subprocess.run([nats.ABMCTL, "ship", "--server", server.url, "--once", log], capture_output=True, check=False,
                                 timeout=120)
        assert shipped.returncode == 0, shipped.stderr
        living.replace("site.yaml", "visits: [ visits.jsonl* ]", f"visits: {{ nats: '{server.url}', stream: abm-visits }}")
        living.run("publish")
        assert matched(living, "ford")
    finally:
        server.kill()
    living.replace("accounts.ndjson", '"version":100', '"version":101')
    living.replace("accounts.ndjson", '"name":"Ford Motor Company"', '"name":"Ford"')
    done = living.run("publish")
    assert b"visits cannot be read" in done.stderr and b"those that were read before count" in done.stderr
    assert b"published generation 2" in done.stdout and matched(living, "ford")
    assert living.json("status")["visits"]["failures"] == 1
