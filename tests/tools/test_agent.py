"""abmctl agent: one process that keeps a site published, whatever editors and the feed's server do."""

import os
import re
import signal
import socket
import subprocess
import time

import pytest

from feeds import FEED, feed, point_at, temporary_files
from servers import Hostile, body


class Agent:
    """The running agent. Tests wait for what must happen, with a generous limit, so none depends on speed. The feed is
    requested once an hour in these tests, so anything without a signal happens because a file changed."""

    def __init__(self, site, **environment):
        self.site = site
        self.log = site / "agent.log"
        self.process = site.start("agent", stderr=open(self.log, "wb"), env=os.environ | environment)

    def said(self):
        return self.log.read_text(errors="replace")

    def wait(self, condition, what):
        deadline = time.monotonic() + 60
        while not condition():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, f"{what}; the agent said:\n{self.said()}"
            time.sleep(0.02)

    def wait_for(self, text, count=1):
        self.wait(lambda: self.said().count(text) >= count, f"no '{text}'")

    def wait_for_generation(self, number):
        self.wait(lambda: (self.site / "data/CURRENT").exists() and self.site.current() == f"gen-{number:06}\n",
                  f"generation {number} was not published")

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def start(site):
    agents = []

    def begin(**environment):
        agent = Agent(site, **environment)
        agents.append(agent)
        agent.wait_for("watching")
        return agent

    yield begin
    for agent in agents:
        if agent.process.poll() is None:
            assert agent.stop() == 0


@pytest.fixture
def hostile():
    with Hostile({FEED: body(feed(), ETag='"v100"')}) as running:
        yield running


def rules(site):
    return site / "rules/home.yaml"


def edited(site, offer):
    return re.sub(r"\w+ offer", f"{offer} offer", rules(site).read_text())


def write_in_place(path, text):
    path.write_text(text)


def truncate_then_write_slowly(path, text):
    with open(path, "w") as file:
        file.flush()
        for piece in (text[:len(text) // 2], text[len(text) // 2:]):
            time.sleep(0.6)
            file.write(piece)
            file.flush()


def rename_over(path, text):
    new = path.with_name("." + path.name + ".tmp123")
    new.write_text(text)
    os.replace(new, path)


def move_away_and_write_anew(path, text):
    """vim with 'backup'."""
    os.rename(path, path.with_name(path.name + "~"))
    path.write_text(text)


def through_a_link(path, text):
    elsewhere = path.parent.parent / f"elsewhere-{time.monotonic_ns()}.yaml"
    elsewhere.write_text(text)
    new = path.with_name("new")
    new.symlink_to(elsewhere)
    os.replace(new, path)


def remove_and_link(path, text):
    new = path.parent.parent / f"elsewhere-{time.monotonic_ns()}.yaml"
    new.write_text(text)
    path.unlink()
    os.link(new, path)


@pytest.mark.parametrize("save", [write_in_place, truncate_then_write_slowly, rename_over, move_away_and_write_anew,
                                  through_a_link, remove_and_link])
def test_a_save_is_published_however_the_editor_saves(site, start, save):
    agent = start()
    agent.wait_for_generation(1)
    save(rules(site), edited(site, "Spring"))
    agent.wait_for_generation(2)
    save(rules(site), edited(site, "Summer"))
    agent.wait_for_generation(3)
    assert "not published" not in agent.said()


def test_a_fragment_a_network_file_and_the_feed_are_watched_too(site, start):
    agent = start()
    agent.wait_for_generation(1)
    fragment = next((site / "rules/fragments").rglob("*.html"))
    fragment.write_text("<p>Another story</p>")
    agent.wait_for_generation(2)
    (site / "networks.csv").write_text("network,account_id\n198.18.0.0/16,ford\n")
    agent.wait_for_generation(3)
    site.replace("accounts.ndjson", '"version":100', '"version":101')
    agent.wait_for_generation(4)


def test_a_new_folder_of_fragments_is_watched(site, start):
    agent = start()
    agent.wait_for_generation(1)
    new = site / "rules/fragments/new"
    new.mkdir()
    (new / "story.html").write_text("<p>One</p>")
    rules(site).write_text(rules(site).read_text() + "  - id: new-story\n    when: { account: ford, path: /new }\n"
                           "    rewrite: { story: { html_file: fragments/new/story.html } }\n")
    agent.wait_for_generation(2)
    (new / "story.html").write_text("<p>Two</p>")
    agent.wait_for_generation(3)


def test_a_broken_save_is_reported_and_changes_nothing(site, start):
    agent = start()
    agent.wait_for_generation(1)
    good = rules(site).read_text()
    rules(site).write_text(good.replace("    schedule:", "    schedul:"))
    agent.wait_for("not published: 1 error (generation 1 goes on serving)")
    assert "rules/home.yaml:19:5: unknown key 'schedul' in rule 'winter', did you mean 'schedule'?" in agent.said()
    agent.wait(lambda: site.json("status")["agent"]["fault"] is not None, "status does not tell")
    assert "rules/home.yaml:19:5: unknown key 'schedul'" in site.json("status")["agent"]["fault"]
    assert "agent: not published since 20" in site.text("status")
    rules(site).write_text(good)
    agent.wait_for("nothing is wrong any more: generation 1 is up to date")
    assert site.current() == "gen-000001\n"
    assert site.json("status")["agent"]["fault"] is None


def test_what_editors_leave_beside_a_file_is_no_change(site, start):
    agent = start()
    agent.wait_for_generation(1)
    for name in (".home.yaml.swp", "home.yaml~", ".#home.yaml", "4913", "#home.yaml#"):
        (site / "rules" / name).write_text("not yaml: [")
    rules(site).write_text(edited(site, "Spring"))
    agent.wait_for_generation(2)
    assert "not published" not in agent.said()


def test_site_yaml_is_read_again_when_it_changes_and_on_hup(site, start):
    agent = start()
    agent.wait_for_generation(1)
    (site / "more").mkdir()
    (site / "more/a.yaml").write_text("abm: rules/1\nrules:\n  - id: more\n    when: { account: ford }\n    rewrite: { x: { text: y } }\n")
    site.replace("site.yaml", "rules: [rules/*.yaml]", "rules: [rules/*.yaml, more/*.yaml]")
    agent.wait_for_generation(2)
    (site / "more/a.yaml").write_text((site / "more/a.yaml").read_text().replace("text: y", "text: z"))
    agent.wait_for_generation(3)
    agent.process.send_signal(signal.SIGHUP)
    agent.wait_for("site.yaml read again")
    site.replace("site.yaml", "keep: 3", "kep: 3")
    agent.wait_for("site.yaml cannot be used: the site stays as it was")
    assert "site.yaml:" in agent.said() and "unknown key 'kep'" in agent.said()
    assert site.current() == "gen-000003\n"


def test_a_broken_site_does_not_start(site):
    site.replace("site.yaml", "keep: 3", "kep: 3")
    assert "not started: site.yaml cannot be used" in site.errors("agent", status=2)


def test_the_feed_is_fetched_and_published_and_asked_for_again(site, start, hostile):
    point_at(site, hostile.url(FEED), every="1s")
    agent = start()
    agent.wait_for_generation(1)
    assert "not published" not in agent.said()  # because the feed is still on its way
    hostile.answers[FEED] = body(feed(version=101, count=5), ETag='"v101"')
    agent.wait_for("accepted feed version 101 of tenant 'acme-web', 5 accounts")
    agent.wait_for_generation(2)
    agent.wait(lambda: hostile.requests[-1][1].get("If-None-Match") == '"v101"', "no conditional request")


def test_a_server_that_fails_is_told_once_and_again_when_it_is_back(site, start, hostile):
    point_at(site, hostile.url(FEED), every="1s")
    hostile.answers[FEED] = body(b"", status=500)
    agent = start()
    agent.wait(lambda: len(hostile.requests) >= 3, "it did not try again")
    assert agent.said().count("the server answers 500 (internal server error) (no feed has been accepted yet)") == 1
    hostile.answers[FEED] = body(feed(), ETag='"v100"')
    agent.wait_for_generation(1)
    hostile.answers[FEED] = body(b"", status=503)
    agent.wait_for("503 (service unavailable) (feed version 100, ")
    hostile.answers[FEED] = body(b"", status=304)
    agent.wait_for("the feed can be fetched again; unchanged: feed version 100")


def test_a_save_is_published_while_the_server_stalls(site, start, hostile):
    point_at(site, hostile.url(FEED), every="1s", timeout="1h")
    agent = start()
    agent.wait_for_generation(1)
    hostile.answers[FEED] = hostile.stall_after(feed(version=101))

    def under_way():
        return list((site / "data/feed").glob(".tmp-*"))

    agent.wait(under_way, "no download under way")
    rules(site).write_text(edited(site, "Spring"))
    agent.wait_for_generation(2)
    assert under_way() != []
    assert agent.stop() == 0
    assert temporary_files(site) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(start, number):
    agent = start()
    agent.wait_for_generation(1)
    assert agent.stop(number) == 0
    assert agent.said().endswith("abmctl agent: stopped\n")


def test_systemd_is_told(site, start):
    path = str(site / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        listener.settimeout(60)
        agent = start(NOTIFY_SOCKET=path)
        said = []

        def hear(text):
            while not any(text in message for message in said):
                said.append(listener.recv(4096).decode())

        hear("READY=1")
        hear("STATUS=generation 1 serves")
        said.clear()
        agent.process.send_signal(signal.SIGHUP)
        hear("RELOADING=1\nMONOTONIC_USEC=")
        hear("READY=1")
        assert agent.stop() == 0
        hear("STOPPING=1")


def test_a_publication_that_cannot_be_written_is_tried_again(site, start):
    site.run("publish")
    agent = start()
    os.chmod(site / "data", 0o777)
    rules(site).write_text(edited(site, "Spring"))
    agent.wait_for("run chmod go-w on it")
    os.chmod(site / "data", 0o755)
    agent.wait_for_generation(2)


def test_a_folder_that_is_missing_is_told_and_watched_once_it_is_there(site, start):
    site.replace("site.yaml", "exclude.csv }", "late/exclude.csv }")
    agent = start()
    agent.wait_for("not watched, for now:")
    agent.wait_for("late/exclude.csv: no such file or directory")
    (site / "late").mkdir()
    (site / "late/exclude.csv").write_text((site / "exclude.csv").read_text())
    agent.process.send_signal(signal.SIGHUP)
    agent.wait_for_generation(1)
    (site / "late/exclude.csv").write_text("198.18.0.0/15,hosting\n")
    agent.wait_for_generation(2)
