"""The wall clock jumps: schedules and expiry follow it at once, timers do not notice."""

import pathlib
import shutil
import struct
import subprocess
import time

import pytest

from harness.client import Connection, fetch
from harness.places import PRELOAD
from harness.process import cpu_seconds
from harness.site import ALPHA, ALPHA_PAGE, PAGE, RULES, Site
from harness.waiting import wait_for

pytestmark = [pytest.mark.skipif(shutil.which("c++") is None, reason="no compiler"),
              pytest.mark.skipif(bool(PRELOAD), reason="a sanitizer wants to be the first library")]

DAY = 86400


class Clock:
    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(4096))

    def set(self, offset):
        with open(self.path, "r+b") as file:
            file.write(struct.pack("q", int(offset)))


@pytest.fixture
def clock(tmp_path, monkeypatch):
    library = tmp_path / "clock.so"
    subprocess.run(["c++", "-shared", "-fPIC", "-O1", "-o", library, pathlib.Path(__file__).with_name("clock.cpp")], check=True)
    result = Clock(tmp_path / "clock")
    monkeypatch.setenv("ABM_CLOCK", str(result.path))
    monkeypatch.setenv("LD_PRELOAD", str(library))
    return result


def utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def scheduled(now):
    return f"""\
abm: rules/1
slots: {{ headline: h1 }}
rules:
  - id: today
    when: {{ account: alpha }}
    schedule: {{ from: {utc(now - DAY / 2)}, until: {utc(now + DAY / 2)} }}
    rewrite: {{ headline: {{ text: "today" }} }}
  - id: tomorrow
    when: {{ account: alpha }}
    schedule: {{ from: {utc(now + DAY / 2)}, until: {utc(now + 3 * DAY / 2)} }}
    rewrite: {{ headline: {{ text: "tomorrow" }} }}
"""


def headline(body):
    return body[body.index(b"<h1 class=big>") + 14:].split(b"</h1>")[0].decode()


def test_schedules_follow_the_wall_clock_wherever_it_jumps(serve, tmp_path, clock):
    now = time.time()
    site = Site(tmp_path / "scheduled", rules=scheduled(now))
    site.publish()
    nginx = serve(data=site.data)
    worker = nginx.workers()[0]
    for offset, expected in ((0, "today"), (DAY, "tomorrow"), (-DAY, "Made for everybody"), (0, "today"), (2 * DAY, "Made for everybody"),
                             (DAY / 2 - 60, "today"), (DAY / 2 + 60, "tomorrow"), (-3600, "today"), (3600, "today")):
        clock.set(offset)
        with Connection(nginx.port) as connection:  # the first request wakes the worker, the second one counts
            for _ in range(2):
                connection.send("GET", "/", {"X-Forwarded-For": ALPHA})
                body = connection.receive().body
        assert headline(body) == expected, f"clock off by {offset} s"
    before = cpu_seconds(worker)
    time.sleep(1)
    assert cpu_seconds(worker) - before < 0.3, "timers run wild"
    assert nginx.workers() == [worker]


def test_an_expired_feed_decides_no_arm_not_even_control(serve, tmp_path, clock):
    site = Site(tmp_path / "control", rules=RULES + "control: { percent: 100, salt: s }\n", expires_at=int(time.time() + DAY / 2))
    site.publish()
    nginx = serve(data=site.data)
    assert fetch(nginx.port, ip=ALPHA).body == PAGE
    assert [(line["arm"], line["skip"]) for line in nginx.visits(1)] == [("control", "control")]
    clock.set(DAY)

    def last():
        assert fetch(nginx.port, ip=ALPHA).body == PAGE
        return nginx.visits()[-1]

    wait_for(lambda: last()["skip"] == "expired")
    assert last()["arm"] is None and last()["rules"] == []


def test_swaps_go_on_and_expiry_comes_when_the_clock_jumps(serve, tmp_path, clock):
    site = Site(tmp_path / "expiring", expires_at=int(time.time() + DAY / 2))
    site.publish()
    nginx = serve(data=site.data)
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    clock.set(-DAY)
    site.write_rules((site.folder / "rules.yaml").read_text().replace("Made for presses", "Made for hammers"))
    site.publish()
    wait_for(lambda: headline(fetch(nginx.port, ip=ALPHA).body) == "Made for hammers")
    clock.set(DAY)
    wait_for(lambda: fetch(nginx.port, ip=ALPHA).body == PAGE)
    wait_for(lambda: nginx.visits()[-1]["skip"] == "expired")  # the line is written after the page has left
    clock.set(0)
    wait_for(lambda: headline(fetch(nginx.port, ip=ALPHA).body) == "Made for hammers")
