"""The wall clock jumps by days, forward and back, under the agent and under sync: their actions follow the time that passes,
while the validity of a feed follows the clock."""

import json
import pathlib
import re
import shutil
import struct
import subprocess
import time

import pytest

from feeds import DAY, FEED, feed, hostile, point_at, refused
from servers import body
from test_agent import Agent

pytestmark = pytest.mark.skipif(shutil.which("c++") is None, reason="no compiler")
SOURCE = pathlib.Path(__file__).resolve().parents[1] / "e2e/clock.cpp"


class Clock:
    def __init__(self, folder):
        self.path, library = folder / "clock", folder / "clock.so"
        self.path.write_bytes(bytes(4096))
        subprocess.run(["c++", "-shared", "-fPIC", "-O1", "-o", library, SOURCE], check=True)
        self.environment = {"ABM_CLOCK": str(self.path), "LD_PRELOAD": str(library)}

    def set(self, offset):
        with open(self.path, "r+b") as file:
            file.write(struct.pack("q", int(offset)))


@pytest.fixture
def clock(tmp_path, monkeypatch):
    result = Clock(tmp_path)
    for name, value in result.environment.items():
        monkeypatch.setenv(name, value)
    return result


def asked(hostile):
    return len(hostile.requests)


def test_an_agent_asks_as_often_as_before_whatever_the_clock_says(site, hostile, clock):
    hostile.answers[FEED] = body(feed(expires=time.time() + 7 * DAY), ETag='"v100"')
    point_at(site, hostile.url(FEED), every="1s")
    agent = Agent(site)
    try:
        agent.wait_for_generation(1)
        for version, offset in enumerate((DAY, -DAY, 3 * DAY, 0), 101):
            clock.set(offset)
            seen, since = asked(hostile), time.monotonic()
            agent.wait(lambda: asked(hostile) >= seen + 3, "it stopped asking")
            # At most one every 0.9 s, plus one that was under way: no storm.
            assert asked(hostile) - seen <= (time.monotonic() - since) / 0.9 + 2
            hostile.answers[FEED] = body(feed(version=version, expires=time.time() + 7 * DAY), ETag=f'"v{version}"')
            agent.wait_for_generation(version - 99)
    finally:
        agent.stop()
    assert "expired" not in agent.said() and "not published" not in agent.said()


def test_a_clock_that_is_ahead_refuses_an_expired_feed_and_goes_on_once_it_is_right(site, hostile, clock):
    hostile.answers[FEED] = body(feed(expires=time.time() + DAY), ETag='"v100"')
    point_at(site, hostile.url(FEED))
    site.run("sync")
    clock.set(2 * DAY)
    hostile.answers[FEED] = body(feed(version=101, expires=time.time() + DAY), ETag='"v101"')
    assert "the feed expired at" in refused(site)
    clock.set(0)
    assert site.json("sync")["result"] == "accepted"


def test_numbers_and_versions_go_on_when_the_clock_is_set_back(site, hostile, clock):
    """Nothing newer is detected by the time of day."""
    hostile.answers[FEED] = body(feed(), ETag='"v100"')
    point_at(site, hostile.url(FEED))
    clock.set(30 * DAY)
    site.run("sync")
    site.run("publish")
    clock.set(-30 * DAY)
    hostile.answers[FEED] = body(feed(version=101), ETag='"v101"')
    assert site.json("sync")["result"] == "accepted"
    assert site.json("publish")["generation"] == 2
    status = json.loads(site.run("status", "--json").stdout)
    assert status["generation"] == 2 and status["sync"]["failures"] == 0
    assert not re.search(r"-\d+ (day|hour|minute|second)", site.text("status"))
