"""Visits that change the list, with faults: a publisher or an agent that is killed anywhere, logs that cannot be read, nodes that
were away. In the end all serve the same accounts."""

import json
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

import kill_at
import nats
from ports import free_port
from test_agent import Agent
from test_living_list import line, living, matched, person, write  # noqa: F401

needs_compiler = pytest.mark.skipif(shutil.which("c++") is None, reason="no compiler")
needs_server = pytest.mark.skipif(nats.PROGRAM is None, reason="no nats-server here")
KILLED = -9


def accounts(site):
    """What serves says of all accounts."""
    return (site / "data" / site.current().strip() / "accounts.bin").read_bytes()


def copy_of(site, folder):
    """The site with its data as they are, elsewhere. The first generation stays the same files."""
    shutil.copytree(site.folder, folder, symlinks=True)
    return type(site)(folder)


@pytest.fixture(name="visited")
def visited_site(living):  # noqa: F811
    """Published once; lines that move an account are in the log, unread."""
    write(living, line(1, path="/about"))
    living.run("publish")
    write(living, *(line(i, path="/pricing") for i in range(2, 5)), line(5, account="deere", path="/pricing"))
    return living


@pytest.fixture(name="after")
def published_after(visited, tmp_path):
    """What nobody has disturbed comes to."""
    site = copy_of(visited, tmp_path / "undisturbed")
    site.run("publish")
    assert matched(site, "ford") and accounts(site) != accounts(visited)
    return site


def agrees(site, after):
    """The site serves what an undisturbed one does, and would not publish again for it."""
    assert accounts(site) == accounts(after)
    assert site.json("engagement")["accounts"] == after.json("engagement")["accounts"]
    assert site.json("status")["visits"]["lines"] == after.json("status")["visits"]["lines"] == 5


@needs_compiler
def test_a_publisher_that_is_killed_anywhere_loses_and_repeats_nothing(visited, after, tmp_path):
    library, before = kill_at.build(tmp_path), accounts(visited)
    kills = states = 0
    for nth in range(1, 1000, 3):
        site = copy_of(visited, tmp_path / f"killed{nth}")
        publisher = site.start("publish", env=kill_at.environment(library, nth), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        status = publisher.wait(120)
        assert status in (0, KILLED)
        assert accounts(site) in (before, accounts(after)), nth  # the one or the other, never a mixture
        states += accounts(site) == before
        site.run("publish")
        agrees(site, after)
        assert "is up to date" in site.text("publish")
        shutil.rmtree(site.folder)
        if status == 0:
            break
        kills += 1
    assert status == 0 and kills > 10 and 0 < states <= kills


@needs_compiler
def test_an_agent_that_is_killed_anywhere_catches_up_when_it_is_started_again(visited, after, tmp_path):
    library = kill_at.build(tmp_path)
    kills = 0
    for nth in range(2, 1000, 11):
        site = copy_of(visited, tmp_path / f"killed{nth}")
        agent = Agent(site, **kill_at.environment(library, nth))
        # Until it is dead, or has done all that there was to do.
        deadline = time.monotonic() + 60
        while agent.process.poll() is None and not (site.current() == "gen-000002\n" and "published generation 2" in agent.said()):
            assert time.monotonic() < deadline, agent.said()
            time.sleep(0.01)
        survived = agent.process.poll() is None
        assert agent.stop() in ((0, KILLED) if survived else (KILLED,))
        again = Agent(site)
        again.wait_for("watching")  # from then on it knows how to stop
        again.wait(lambda: accounts(site) == accounts(after), "it did not catch up")  # noqa: B023
        again.wait(lambda: site.json("status")["visits"]["lines"] == 5, "lines are missing")  # noqa: B023
        assert again.stop() == 0
        agrees(site, after)
        shutil.rmtree(site.folder)
        if survived:
            break
        kills += 1
    assert survived and kills > 3


def test_lines_that_a_command_read_first_are_not_missed(visited):
    """Commands keep the lines that they read: the agent must see that there is something new all the same."""
    agent = Agent(visited)
    try:
        agent.wait_for_generation(2)
        agent.wait(lambda: visited.json("status")["visits"]["lines"] == 5, "lines are missing")
        agent.process.send_signal(signal.SIGSTOP)
        write(visited, *(line(i, account="smallco", path="/pricing") for i in range(10, 13)))
        assert "3 page loads of people were new" in visited.errors("engagement", "--fold")
        agent.process.send_signal(signal.SIGCONT)
        agent.wait(lambda: matched(visited, "smallco"), "it was missed")
    finally:
        agent.process.send_signal(signal.SIGCONT)
        assert agent.stop() == 0


def test_while_what_was_built_has_errors_visits_are_no_reason_to_build_it_again(visited):
    visited.run("publish")
    visited.replace("rules/home.yaml", "stage: engaged, path", "stagge: engaged, path")
    write(visited, line(20, account="smallco", path="/pricing"))
    agent = Agent(visited)

    def refused_at():
        state = visited / "data/state/agent.json"
        return json.loads(state.read_text())["refused_at"] if state.exists() else 0

    def read(number):
        lines = visited.json("status")["visits"]["lines"]
        write(visited, line(number, account="smallco", path="/pricing"))
        agent.wait(lambda: visited.json("status")["visits"]["lines"] > lines, "lines are missing")

    try:
        agent.wait(refused_at, "the refusal is not noted")  # a moment after it is said
        first = refused_at()
        for number in (21, 22, 23, 24):
            read(number)
            time.sleep(1.1)  # times are in whole seconds
        assert refused_at() == first and not matched(visited, "smallco")
        visited.replace("rules/home.yaml", "stagge: engaged, path", "stage: engaged, path")
        agent.wait(lambda: matched(visited, "smallco"), "what was corrected is not published")
    finally:
        assert agent.stop() == 0


def test_a_log_that_cannot_be_read_is_told_everywhere_and_the_others_count(visited):
    broken = visited / "visits.jsonl.1"
    broken.symlink_to(broken.name)  # leads to itself
    agent = Agent(visited)
    try:
        agent.wait_for_generation(2)
        agent.wait_for("visits.jsonl.1")
        assert matched(visited, "ford")
        agent.wait(lambda: visited.json("status")["visits"]["unread"], "status does not say so")
        assert "not read: " in visited.text("status") and "visits.jsonl.1" in visited.text("status")
        found = visited.run("doctor", "--site", "site.yaml", status=None).stdout.decode()
        assert "a log of visits is not read" in found and "adm" in found
        broken.unlink()
        agent.wait(lambda: visited.json("status")["visits"]["unread"] is None, "status goes on saying so")
    finally:
        assert agent.stop() == 0
    assert agent.said().count("visits.jsonl.1") <= 2  # by who reads and who publishes, and not every second


def damage(site, table):
    """The table's first page; all others are whole."""
    path = site / "data/engagement.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = database.execute("PRAGMA page_size").fetchone()[0]
        page = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()[0]
    database.close()
    with open(path, "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.parametrize("table", ["meta", "place", "visit", "day", "listed", "published"])
def test_whatever_is_damaged_accounts_do_not_fall_back(visited, after, table):
    visited.run("publish")
    damage(visited, table)
    write(visited, line(20, account="nobody"))
    done = visited.run("publish", status=None)
    if done.returncode != 0:  # it was found too late for this one
        assert b"(generation 2 goes on serving)" in done.stderr
        visited.run("publish")
    assert accounts(visited) == accounts(after)
    write(visited, *(line(i, account="smallco", path="/pricing") for i in range(10, 13)))
    visited.run("publish")
    assert matched(visited, "ford") and matched(visited, "smallco")
    assert (visited / "data/engagement.db.damaged-1").exists()


@pytest.mark.parametrize("table", ["visit", "day", "published"])
def test_an_agent_mends_a_damaged_database_and_goes_on(visited, table):
    visited.run("publish")
    damage(visited, table)
    write(visited, *(line(i, account="smallco", path="/pricing") for i in range(10, 13)))
    agent = Agent(visited)
    try:
        agent.wait(lambda: (visited / "data/engagement.db.damaged-1").exists(), "nobody noticed")
        agent.wait(lambda: matched(visited, "smallco"), "it does not go on")
        assert matched(visited, "ford")
    finally:
        assert agent.stop() == 0


@needs_server
def test_with_the_database_lost_and_the_stream_away_nothing_is_published(living, tmp_path):  # noqa: F811
    server = nats.Server(tmp_path, free_port()).start()
    try:
        (tmp_path / "log").write_text("".join(line(i, path="/pricing") for i in range(2)))
        done = subprocess.run([nats.ABMCTL, "ship", "--server", server.url, "--once", tmp_path / "log"], check=False, timeout=120)
        assert done.returncode == 0
        living.replace("site.yaml", "visits: [ visits.jsonl* ]", f"visits: {{ nats: '{server.url}', stream: abm-visits }}")
        living.run("publish")
    finally:
        server.kill()
    for name in (living / "data").glob("engagement.db*"):
        name.unlink()
    living.replace("accounts.ndjson", '"version":100', '"version":101')
    errors = living.errors("publish", status=1)
    assert "not all of them have been read since their database was made" in errors and "(generation 1 goes on serving)" in errors
    assert matched(living, "ford")
    server.start()
    try:
        living.run("publish")
        assert living.current() == "gen-000002\n" and matched(living, "ford")
    finally:
        server.kill()


def test_after_a_rollback_visits_go_on_changing_the_accounts(visited):
    visited.run("publish")
    assert matched(visited, "ford")
    visited.run("rollback")
    assert not matched(visited, "ford")
    agent = Agent(visited)
    try:
        agent.wait(lambda: matched(visited, "ford"), "accounts are those of the older generation")
    finally:
        assert agent.stop() == 0


def set_points(site, more):
    site.replace("site.yaml", "engagement:\n  visits: [ visits.jsonl* ]\n", f"engagement:\n  visits: [ visits.jsonl* ]\n{more}")


def add_rule(site, when):
    with open(site / "rules/home.yaml", "a", encoding="utf-8") as text:
        text.write(f"  - id: busy\n    when: {{ {when}, path: /busy }}\n    rewrite: {{ hero-cta: {{ text: Busy }} }}\n")


def lines_are_read(site, agent, count):
    agent.wait(lambda: site.json("status")["visits"]["lines"] == count, f"{count} lines were not read")


@pytest.fixture(name="quiet")
def site_without_points(living):  # noqa: F811
    """Engagement moves nothing here."""
    living.replace("site.yaml", "engagement: { min: 10 }", "engagement: { min: 100 }")
    return living


def test_a_busy_site_publishes_only_when_a_bound_is_crossed(quiet):
    """A rule tests visits_30d, which every visit changes: only the third visit and the sixth can be seen."""
    add_rule(quiet, "visits_30d: { min: 3, max: 5 }")
    agent = Agent(quiet)
    try:
        agent.wait_for_generation(1)
        for count in range(1, 9):
            write(quiet, line(count, path="/about", visitor="a" * 32))
            lines_are_read(quiet, agent, count)
            if count in (3, 6):
                agent.wait_for_generation({3: 2, 6: 3}[count])
        # What comes now is seen, and is the next generation: nothing was published between.
        write(quiet, *(line(i, account="deere", path="/about", visitor="a" * 32) for i in range(100, 105)))
        agent.wait_for_generation(4)
    finally:
        assert agent.stop() == 0
    assert agent.said().count("published generation") == 4


def test_a_number_that_a_page_shows_or_that_is_to_be_fresh_is_published_at_each_value(quiet):
    set_points(quiet, "  fresh: [ people_30d ]\n")
    agent = Agent(quiet)
    try:
        agent.wait_for_generation(1)
        for count in (1, 2):
            write(quiet, line(count, path="/about"))
            agent.wait_for_generation(1 + count)
        write(quiet, line(3, path="/about", visitor=person(2)))  # the same person: visits_30d is not fresh
        lines_are_read(quiet, agent, 3)
        write(quiet, line(4, path="/about"))
        agent.wait_for_generation(4)
    finally:
        assert agent.stop() == 0
    assert agent.said().count("published generation") == 4


@needs_server
def test_nodes_that_read_one_stream_publish_the_same_bytes_and_one_that_was_away_catches_up(living, tmp_path):  # noqa: F811
    server = nats.Server(tmp_path, free_port()).start()

    def ship(*lines):
        with open(tmp_path / "shipped.jsonl", "a", encoding="utf-8") as log:
            log.write("".join(lines))
        done = subprocess.run([nats.ABMCTL, "ship", "--server", server.url, "--once", tmp_path / "shipped.jsonl"],
                              capture_output=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr

    try:
        ship(line(1, path="/about"))
        living.replace("site.yaml", "visits: [ visits.jsonl* ]", f"visits: {{ nats: '{server.url}', stream: abm-visits }}")
        always, away, late = (copy_of(living, tmp_path / name) for name in ("always", "away", "late"))
        agent = Agent(always)
        try:
            agent.wait_for_generation(1)
            away.run("publish")
            assert accounts(away) == accounts(always)
            for i in range(2, 12):
                ship(line(i, path="/pricing"), line(100 + i, account="deere", path=f"/demo/{i}"), line(200 + i, account="smallco"))
            agent.wait(lambda: always.json("status")["visits"]["lines"] == 31, "lines are missing")
            agent.wait(lambda: matched(always, "ford") and matched(always, "smallco"), "it did not follow")
        finally:
            assert agent.stop() == 0
        for node in (always, away, late):
            node.run("publish")
        assert accounts(always) == accounts(away) == accounts(late)
        assert matched(late, "ford")
    finally:
        server.kill()
