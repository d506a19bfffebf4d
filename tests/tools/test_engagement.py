"""abmctl engagement: logs and streams folded into the accounts of a site, and what it says of them."""

import datetime
import gzip
import json
import shutil
import sqlite3
import subprocess
import threading
import time
from types import SimpleNamespace

import pytest

import nats
from ports import free_port

DAY = "2026-11-22"
ENGAGED = """
engagement:
  visits: [ visits.jsonl* ]
  points: { page: 1, "path:/pricing": 5, "signal:pricing-visit": 8, person: 3 }
  keep: 5000d
stages:
  - { name: engaged, when: { engagement: { min: 10 } }, hold: 14d }
tiers:
  - { promote: one-to-one, when: { people_30d: { min: 2 } }, for: 30d, at_most: 1 }
"""


def line(number, day=DAY, **fields):
    fields = {"signals": [], "visitor": f"{number % 3 + 1:x}" * 32, **fields}
    return nats.line(number, ts=f"{day}T10:00:00.000Z", **fields)


@pytest.fixture
def engaged(site):
    with open(site / "site.yaml", "a", encoding="utf-8") as text:
        text.write(ENGAGED)
    return site


def today():
    return int(time.time()) // 86400


def standing(site, account, *arguments):
    found = site.json("engagement", "--day", DAY, *arguments)
    return next(one for one in found["accounts"] if one["account"] == account)


def test_visits_are_folded_and_told_with_all_their_arithmetic(engaged):
    (engaged / "visits.jsonl").write_text(line(1, path="/pricing") + line(4) + line(2, day="2026-11-08", path="/about"))
    deere = standing(engaged, "deere", "--fold")
    assert deere["engagement"] == 11  # (3 + 5 + 1) + (3 + 1) / 2
    assert (deere["visits_30d"], deere["people_30d"], deere["quiet_days"], deere["first_seen_days"]) == (3, 2, 0, 14)
    assert deere["pages_30d"] == [{"path": "/", "days": 0}, {"path": "/pricing", "days": 0}, {"path": "/about", "days": 14}]
    text = engaged.text("engagement", "--day", DAY, "--account", "deere")
    assert "engagement 11 = min(100, round(11.000))" in text
    assert "2026-11-22    0 days ago       9 points × 1.0000 =    9.000" in text
    assert "1 × 5 points: /pricing" in text
    assert "2026-11-08   14 days ago       4 points × 0.5000 =    2.000" in text
    one = engaged.json("engagement", "--day", DAY, "--account", "deere")
    assert sum(day["worth"] for day in one["days"]) == one["sum"] == 11
    assert "deere" in engaged.text("engagement", "--day", DAY)


def test_a_path_does_not_steer_the_terminal(engaged):
    (engaged / "visits.jsonl").write_text(line(1, path="/a\x1b]0;b\x07\n\u202ec"))
    text = engaged.text("engagement", "--fold", "--day", DAY, "--account", "deere")
    assert "1 × 1 points: /a\ufffd]0;b\ufffd c\n" in text
    assert "\x1b" not in text and "\u202e" not in text


def test_only_what_is_new_is_read(engaged):
    (engaged / "visits.jsonl").write_text("".join(line(i) for i in range(50)))
    assert "50 page loads of people were new" in engaged.errors("engagement", "--fold", "--day", DAY)
    with open(engaged / "visits.jsonl", "a", encoding="utf-8") as log:
        log.write(line(50) + line(51, bot=True) + "damaged\n")
    said = engaged.errors("engagement", "--fold", "--day", DAY)
    assert "1 page load of people was new, 1 line is of a robot, 1 line is damaged" in said
    (engaged / "visits.jsonl.1.gz").write_bytes(gzip.compress((engaged / "visits.jsonl").read_bytes()))
    assert "0 page loads of people were new, 51 were known already" in engaged.errors("engagement", "--fold", "--day", DAY)


def test_a_rebuild_says_the_same(engaged):
    (engaged / "visits.jsonl.1").write_text("".join(line(i) for i in range(20)))
    before = engaged.json("engagement", "--fold", "--day", DAY)
    (engaged / "visits.jsonl").write_text("".join(line(i, path="/pricing") for i in range(20, 30)))
    folded = engaged.json("engagement", "--fold", "--day", DAY)
    assert folded["version"] != before["version"]
    assert engaged.json("engagement", "--rebuild", "--day", DAY) == folded


def test_a_rebuild_tells_what_is_gone(engaged):
    (engaged / "visits.jsonl.1").write_text("".join(line(i) for i in range(20)))
    (engaged / "visits.jsonl").write_text("".join(line(i) for i in range(20, 30)))
    engaged.run("engagement", "--fold")
    assert "gone" not in engaged.errors("engagement", "--rebuild")
    (engaged / "visits.jsonl.1").unlink()
    assert "30 page loads were known, and 10 are now: the lines of the others are gone" in engaged.errors("engagement", "--rebuild")
    assert "gone" not in engaged.errors("engagement", "--rebuild")


def test_a_rebuild_mends_visits_that_are_damaged(engaged):
    (engaged / "visits.jsonl").write_text("".join(line(i) for i in range(30)))
    folded = engaged.json("engagement", "--fold", "--day", DAY)
    path = engaged / "data/engagement.db"
    with sqlite3.connect(path) as database:
        root, = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'visit'").fetchone()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(path, "r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"x" * 4096)
    done = engaged.run("engagement", "--rebuild", "--day", DAY, "--json")
    assert b"engagement.db.damaged-1" in done.stderr
    assert json.loads(done.stdout) == folded


def test_a_past_day_is_looked_at_and_not_rewritten(engaged):
    (engaged / "visits.jsonl").write_text(line(1, day="2026-11-01"))

    def journal():
        with sqlite3.connect(engaged / "data/engagement.db") as database:
            return database.execute("SELECT account, field, day, value FROM listed ORDER BY 1, 2, 3").fetchall()

    engaged.run("engagement", "--fold")
    noted = journal()
    assert noted
    engaged.replace("accounts.ndjson", '"tier":"one-to-few"', '"tier":"untiered"')
    for day in ("2020-02-02", "2999-01-01"):
        engaged.run("engagement", "--fold", "--day", day)
    now = journal()
    assert {row[2] for row in now} <= {row[2] for row in noted} | {today()}
    assert now != noted  # what it says today was noted all the same
    # Before the list was first noted, its first word counts.
    early = {one["account"]: one for one in engaged.json("engagement", "--day", "2026-11-01")["accounts"]}
    assert early["deere"]["tier"] == "one-to-one" and early["deere"]["visits_30d"] == 1


def day_before(days):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days)).strftime("%Y-%m-%d")


def test_what_is_too_old_is_not_read_and_deleted_by_those_that_publish(engaged):
    def kept():
        with sqlite3.connect(engaged / "data/engagement.db") as database:
            return database.execute("SELECT count(*) FROM visit").fetchone()[0]

    (engaged / "visits.jsonl").write_text(line(1, day=day_before(200)) + line(2, day=day_before(70)) + line(3, day=day_before(0)))
    engaged.run("engagement", "--fold")
    assert kept() == 3
    engaged.replace("site.yaml", "keep: 5000d", "keep: 100d")
    # A draft deletes nothing, and counts what it would keep.
    engaged.run("check")
    assert kept() == 3
    assert engaged.json("engagement")["accounts"][0]["first_seen_days"] == 70
    assert engaged.errors("engagement", "--day", day_before(1)) == ""
    engaged.run("publish")
    assert kept() == 2
    assert f"what happened before {day_before(199)} is deleted" in engaged.errors("engagement", "--day", day_before(101))
    engaged.replace("site.yaml", "keep: 100d", "keep: 60d")
    said = engaged.errors("engagement", "--fold")
    assert "1 page loads and 0 entries of the account list's journal were too old, and are deleted (engagement: { keep: 60d })" in said
    assert kept() == 1
    assert "2 lines are older than what is kept" in engaged.errors("engagement", "--rebuild")
    assert kept() == 1
    engaged.replace("site.yaml", "keep: 60d", "keep: 5000d")
    assert "3 page loads of people were new" in engaged.errors("engagement", "--rebuild")


def test_one_account_is_forgotten(engaged):
    (engaged / "visits.jsonl").write_text("".join(line(i, path=f"/private-{i}") for i in range(20)) + line(20, account="globex"))
    engaged.run("publish")
    done = engaged.run("engagement", "--forget", "deere")
    assert b"deere: deleted 20 page loads of 1 day, 3 entries of the account list's journal" in done.stdout
    assert b"visits come back with --rebuild" in done.stderr
    assert b"/private" not in b"".join(path.read_bytes() for path in (engaged / "data").glob("engagement.db*"))
    assert "nothing is kept of this account" in engaged.errors("engagement", "--forget", "deere", status=2)
    assert "0 page loads of people were new" in engaged.errors("engagement", "--fold")
    assert "20 page loads of people were new" not in engaged.errors("engagement", "--fold")
    assert "21 page loads of people were new" in engaged.errors("engagement", "--rebuild")


def test_a_damaged_database_is_set_aside_and_made_again(engaged):
    (engaged / "visits.jsonl").write_text("".join(line(i) for i in range(20)))
    folded = engaged.json("engagement", "--fold", "--day", DAY)
    for name in ("engagement.db-wal", "engagement.db-shm"):
        (engaged / "data" / name).unlink(missing_ok=True)
    (engaged / "data/engagement.db").write_bytes(b"x" * 20000)
    done = engaged.run("engagement", "--fold", "--day", DAY, "--json")
    assert b"engagement.db.damaged-1" in done.stderr
    assert json.loads(done.stdout) == folded
    assert (engaged / "data/engagement.db.damaged-1").exists()


def test_what_is_missing_is_told(site, engaged):
    assert "no visits have been read yet: abmctl engagement --fold" in engaged.errors("engagement", status=2)
    assert "'nobody'" in engaged.errors("engagement", "--fold", "--account", "nobody", status=2)
    assert "visits: 'visits.jsonl*' names no file yet" in engaged.errors("engagement", "--fold")
    assert "is not a day" in engaged.errors("engagement", "--day", "yesterday", status=2)
    site.replace("site.yaml", ENGAGED, "")
    assert "there is no 'engagement:'" in site.errors("engagement", status=2)


def test_a_stage_is_held_and_a_promotion_bounded(engaged):
    log = "".join(line(i, account=account, path="/pricing", day="2026-11-01")
                  for i, account in enumerate(["smallco"] * 3 + ["ford"] * 3))
    (engaged / "visits.jsonl").write_text(log)
    engaged.run("engagement", "--fold", "--day", "2026-11-01")

    def on(day):
        return {one["account"]: one for one in engaged.json("engagement", "--day", day)["accounts"]}

    first = on("2026-11-01")
    assert first["ford"]["engagement"] == 24  # 3 × (3 + 5)
    # Both began on the same day: the one whose id comes first. deere has the tier already.
    assert first["ford"]["tier"] == "one-to-one" and first["smallco"]["tier"] == "one-to-many"
    assert first["ford"]["moved"] == ("stage engaged until 2026-11-15 (engagement 24, at least 10); tier one-to-few to one-to-one "
                                      "until 2026-12-01 (people_30d 3, at least 2)")
    assert first["deere"]["stage"] == "opportunity" and first["deere"]["moved"] is None
    # 24 × 2^(-18/14) rounds to 10, and 14 days more it is held.
    held = on("2026-12-03")["ford"]
    assert (held["engagement"], held["stage"]) == (5, "engaged")
    assert "stage engaged until 2026-12-03 (on 2026-11-19: engagement 10, at least 10)" in held["moved"]
    assert on("2026-12-04")["ford"]["stage"] is None
    assert "rival" not in first


stream_needed = pytest.mark.skipif(nats.PROGRAM is None, reason="no nats-server here")


@pytest.fixture
def server(tmp_path):
    one = nats.Server(tmp_path, free_port()).start()
    yield one
    one.kill()


def ship(server, log):
    done = subprocess.run([nats.ABMCTL, "ship", "--server", server.url, "--once", str(log)], capture_output=True, text=True,
                          check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def node(site, tmp_path, name, server):
    """Another node of the fleet: the same site, visits from the stream."""
    shutil.copytree(site.folder, tmp_path / name)
    other = type(site)(tmp_path / name)
    other.replace("site.yaml", "visits: [ visits.jsonl* ]", f"visits: {{ nats: '{server.url}', stream: abm-visits }}")
    return other


@stream_needed
def test_all_nodes_of_a_fleet_come_to_the_same_state(engaged, server, tmp_path):
    logs = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    nodes = [node(engaged, tmp_path, name, server) for name in ("node1", "node2")]
    logs[0].write_text("".join(line(i, path="/pricing") for i in range(0, 5000)))
    ship(server, logs[0])
    early = nodes[0].json("engagement", "--fold", "--day", DAY)
    with open(logs[1], "w", encoding="utf-8") as log:
        log.write("".join(line(i, account="deere") for i in range(6000, 6500)))
    ship(server, logs[1])
    # The first one goes on where it was, the second was away.
    assert "500 page loads of people were new" in nodes[0].errors("engagement", "--fold", "--day", DAY)
    assert "5500 page loads of people were new" in nodes[1].errors("engagement", "--fold", "--day", DAY)
    states = [one.json("engagement", "--day", DAY) for one in nodes]
    assert states[0] == states[1] != early
    # And so does one that reads the logs themselves.
    for i, log in enumerate(logs):
        shutil.copy(log, engaged / f"visits.jsonl.{i}")
    assert engaged.json("engagement", "--fold", "--day", DAY) == states[0]
    assert "0 page loads of people were new" in nodes[0].errors("engagement", "--fold", "--day", DAY)


@stream_needed
def test_a_stream_that_dropped_lines_or_was_made_anew_is_told(engaged, server, tmp_path):
    one = node(engaged, tmp_path, "node1", server)
    assert "there is none with this name" in one.errors("engagement", "--fold", "--day", DAY, status=2)
    log = tmp_path / "one.jsonl"
    log.write_text("".join(line(i) for i in range(10)))
    ship(server, log)
    one.run("engagement", "--fold", "--day", DAY)
    with open(log, "a", encoding="utf-8") as more:
        more.write("".join(line(i) for i in range(10, 20)))
    ship(server, log)
    client = nats.loader.Nats(server.url)
    client.request("$JS.API.STREAM.PURGE.abm-visits", {"seq": 16})
    said = one.errors("engagement", "--fold", "--day", DAY)
    assert "5 messages were dropped there before they were read" in said
    assert "5 page loads of people were new" in said
    client.request("$JS.API.STREAM.DELETE.abm-visits", {})
    (tmp_path / "one.jsonl.ship").unlink()
    ship(server, log)
    said = one.errors("engagement", "--fold", "--day", DAY)
    assert "it was made anew; it is read from its start" in said
    assert "5 page loads of people were new, 15 were known already" in said


@stream_needed
def test_messages_that_were_deleted_in_the_middle_and_at_the_end_are_told(engaged, server, tmp_path):
    one = node(engaged, tmp_path, "node1", server)
    log = tmp_path / "one.jsonl"
    log.write_text("".join(line(i) for i in range(20)))
    ship(server, log)
    client = nats.loader.Nats(server.url)
    for number in (5, 6, 11, 19, 20):
        client.request("$JS.API.STREAM.MSG.DELETE.abm-visits", {"seq": number})
    said = one.errors("engagement", "--fold", "--day", DAY)
    assert "5 messages were dropped there before they were read: nodes that read them say" in said
    assert "15 page loads of people were new" in said
    with open(log, "a", encoding="utf-8") as more:
        more.write(line(30))
    ship(server, log)
    said = one.errors("engagement", "--fold", "--day", DAY)
    assert "dropped" not in said and "1 page load of people was new" in said  # told once


@stream_needed
def test_a_stream_that_was_restored_from_a_backup_is_read_from_its_start(engaged, server, tmp_path):
    one = node(engaged, tmp_path, "node1", server)
    log = tmp_path / "one.jsonl"
    log.write_text("".join(line(i) for i in range(10)))
    ship(server, log)
    server.kill()
    shutil.copytree(tmp_path / "one", tmp_path / "backup")
    server.start()
    with open(log, "a", encoding="utf-8") as more:
        more.write("".join(line(i) for i in range(10, 20)))
    ship(server, log)
    assert "20 page loads of people were new" in one.errors("engagement", "--fold", "--day", DAY)
    server.kill()
    shutil.rmtree(tmp_path / "one")
    (tmp_path / "backup").rename(tmp_path / "one")
    server.start()
    other = tmp_path / "two.jsonl"
    other.write_text("".join(line(i, account="deere") for i in range(100, 103)))
    ship(server, other)  # 13 messages, and 20 had been read
    said = one.errors("engagement", "--fold", "--day", DAY)
    assert "its last message is number 13, and 20 had been read, as after a restored backup; it is read from its start" in said
    assert "3 page loads of people were new, 10 were known already" in said


@pytest.mark.parametrize("address, fault", [("127.0.0.1:1", ""), ("127.0.0.1:many", "invalid port 'many'")])
def test_faults_of_servers_in_site_yaml_name_the_server_and_no_password(engaged, tmp_path, address, fault):
    one = node(engaged, tmp_path, "node1", SimpleNamespace(url=f"nats://jo:secret@{address}"))
    said = one.errors("engagement", "--fold", "--day", DAY, status=2)
    assert f"nats://{address}: " in said and fault in said and "secret" not in said and "--server" not in said


@stream_needed
def test_without_a_server_nothing_is_forgotten(engaged, server, tmp_path):
    one = node(engaged, tmp_path, "node1", server)
    log = tmp_path / "one.jsonl"
    log.write_text("".join(line(i) for i in range(10)))
    ship(server, log)
    folded = one.json("engagement", "--fold", "--day", DAY)
    server.kill()
    assert "127.0.0.1" in one.errors("engagement", "--fold", "--day", DAY, status=2)
    assert one.json("engagement", "--day", DAY) == folded


def test_two_that_fold_at_once_count_everything_once(engaged):
    (engaged / "visits.jsonl").write_text("".join(line(i) for i in range(20000)))
    threads = [threading.Thread(target=engaged.run, args=("engagement", "--fold", "--day", DAY)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert standing(engaged, "deere")["visits_30d"] == 20000


def test_today_is_the_clock_s_utc_day(engaged):
    (engaged / "visits.jsonl").write_text(line(1))
    found = engaged.json("engagement", "--fold")
    assert found["day"] in {(datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=s)).date().isoformat()
                            for s in (0, 60)}
