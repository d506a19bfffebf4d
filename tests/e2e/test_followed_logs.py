"""Whoever follows nginx's own buffered visit log gets every line once, whatever rotates it: a rename with workers that reopen
late and one after the other, or a copy that is made and cut to nothing, under load all the while."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from harness.client import fetch
from harness.nginx import BUFFERED_ABM
from harness.places import ABMCTL, ROOT
from harness.site import ALPHA, RULES, Site
from harness.visiting import Visiting
from harness.visits import check_log
from harness.waiting import wait_for

sys.path.insert(0, str(ROOT / "tests/tools"))

import nats  # noqa: E402

SIGNAL = '  - { id: watched, when: { account: alpha, path: /** }, signal: { name: visited, next: "Call" } }\n'


class Signals:
    """`abmctl signals --follow`: the request ids that it tells, in order."""

    def __init__(self, log, data):
        self.told = []
        self.process = subprocess.Popen([ABMCTL, "signals", log, "--follow", "--bots", "--data", data], stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.told.append(json.loads(line)["request_id"])

    def ids(self):
        return list(self.told)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self.reader.join(30)


class Shipped:
    """`abmctl ship --follow` into a server of its own: the ids that the stream holds."""

    def __init__(self, log, folder):
        self.server = nats.Server(folder, nats.free_ports(1)[0]).start()
        self.process = subprocess.Popen([ABMCTL, "ship", "--server", self.server.url, "--follow", "--state", folder / "shipped", log])

    def ids(self):
        try:
            return [one for one, _ in nats.messages(self.server.url, "abm-visits")]
        except (OSError, KeyError):
            return []  # there is no stream yet

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self.server.kill()


FOLLOWERS = pytest.mark.parametrize("follower", [
    "signals", pytest.param("ship", marks=pytest.mark.skipif(nats.PROGRAM is None, reason="no nats-server here"))])


@pytest.fixture
def watched(serve, tmp_path):
    """nginx with two workers, and what follows its log."""
    site = Site(tmp_path / "watched", rules=RULES + SIGNAL)
    site.publish()
    nginx = serve(workers=2, data=site.data, abm=BUFFERED_ABM.format(data=site.data))
    running = []

    def start(kind):
        log = nginx.folder / "visits.jsonl"
        wait_for(log.exists, 20)
        running.append(Signals(log, site.data) if kind == "signals" else Shipped(log, tmp_path))
        return nginx, log, running[-1]

    yield start
    for one in running:
        one.stop()


def rename(nginx, log, number):
    """One worker reopens the log a while after it was renamed, the other one later still: until then it writes to the old."""
    os.rename(log, f"{log}.{number}")
    time.sleep(0.7)
    os.kill(nginx.workers()[number % 2], signal.SIGUSR1)
    wait_for(log.exists, 20)
    time.sleep(1.5)
    nginx.signal(signal.SIGUSR1)


def copy_and_cut(_nginx, log, number):
    shutil.copyfile(log, f"{log}.{number}")
    os.truncate(log, 0)


def logged(log):
    return [line["request_id"] for path in log.parent.glob("visits.jsonl*") for line in check_log(path, ended=False)]


@FOLLOWERS
@pytest.mark.parametrize("rotate", [rename, copy_and_cut])
def test_every_line_arrives_once(watched, follower, rotate):
    nginx, log, following = watched(follower)

    def visit():
        assert fetch(nginx.port, ip=ALPHA).status == 200

    with Visiting(visit, visit, visit):
        wait_for(lambda: log.stat().st_size > 0 and following.ids(), 60)
        for number in range(1, 5):
            rotate(nginx, log, number)
            wait_for(lambda: log.exists() and log.stat().st_size > 20_000, 60)
    nginx.stop()
    expected = logged(log)
    assert len(expected) == len(set(expected)) > 100
    wait_for(lambda: set(expected) <= set(following.ids()), 90)
    told = following.ids()
    assert len(told) == len(set(told)), "a line came twice"
    # What was read before copytruncate cut it may be in no file any more; nothing else may be.
    assert set(told) == set(expected) or rotate is copy_and_cut
