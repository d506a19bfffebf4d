"""`signals --follow` and `ship --follow` read nginx's own buffered logs, under load, while these are rotated: each request
that nginx logged is reported once, and is in the stream once."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest

from harness.client import fetch
from harness.nginx import BUFFERED_ABM
from harness.places import ABMCTL, ROOT, free_port
from harness.site import ALPHA, RULES, Site
from harness.visiting import Visiting
from harness.waiting import wait_for

sys.path.insert(0, str(ROOT / "tests/tools"))
import nats  # noqa: E402

SIGNALLING = RULES + """\
  - id: seen
    when: { account: alpha, path: /** }
    signal: { name: seen, next: "Call" }
"""
WORKERS = 3

pytestmark = pytest.mark.skipif(nats.PROGRAM is None, reason="no nats-server here")


class Followers:
    """Both, each with its own view of the log; `logged` is what nginx wrote, from a log that is never rotated."""

    def __init__(self, nginx, folder, url):
        self.nginx, self.folder, self.url = nginx, folder, url
        self.log = nginx.folder / "visits.jsonl"
        self.told = open(folder / "signals", "wb")  # pylint: disable=consider-using-with
        self.notes = open(folder / "notes", "wb")  # pylint: disable=consider-using-with
        self.signals = subprocess.Popen([ABMCTL, "signals", "--follow", "--bots", self.log], stdout=self.told, stderr=self.notes)
        self.ship = None
        self.start_ship()
        wait_for(lambda: pathlib.Path(f"{self.state}").exists(), 60)

    @property
    def state(self):
        return self.folder / "state"

    def start_ship(self):
        self.ship = subprocess.Popen([ABMCTL, "ship", "--follow", "--server", self.url, "--state", self.state, self.log],
                                     stdout=subprocess.DEVNULL, stderr=self.notes)

    def kill_ship(self):
        self.ship.kill()
        self.ship.wait()

    def pause(self, number):
        for process in (self.signals, self.ship):
            process.send_signal(number)

    def told_ids(self):
        # The last line may still be on its way.
        told = (self.folder / "signals").read_text()
        return [json.loads(line)["request_id"] for line in told[:told.rfind("\n") + 1].splitlines()]

    def stored(self):
        return nats.info(self.url, "abm-visits")["state"]["messages"]

    def check(self, served):
        logged = (self.nginx.folder / "all.log").read_text().split()
        assert len(logged) == len(set(logged)) == served > 100
        try:
            wait_for(lambda: len(self.told_ids()) >= served and self.stored() >= served, 60)
        finally:
            notes = (self.folder / "notes").read_text()
            print(f"{served} served, {len(self.told_ids())} told, {self.stored()} stored\n{notes}")
            for packed in self.nginx.folder.glob("visits.jsonl.*.gz"):  # for check_visits()
                subprocess.run(["gunzip", packed], check=True)
        assert sorted(self.told_ids()) == sorted(logged)
        assert sorted(identity for identity, _ in nats.messages(self.url, "abm-visits")) == sorted(logged)
        assert "compressed before" not in notes and "is gone" not in notes

    def stop(self):
        for process in (self.signals, self.ship):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
        self.told.close()
        self.notes.close()


@pytest.fixture
def server(tmp_path):
    one = nats.Server(tmp_path, free_port()).start()
    yield one
    one.kill()


@pytest.fixture
def nginx(serve, tmp_path):
    site = Site(tmp_path / "signalling", rules=SIGNALLING)
    site.publish()
    every = "\n    log_format abm_id '$request_id';\n    access_log all.log abm_id if=$abm_visit;"
    return serve(workers=WORKERS, abm=BUFFERED_ABM.format(data=site.data) + every, data=site.data)


@pytest.fixture
def followers(nginx, server, tmp_path):
    both = Followers(nginx, tmp_path, server.url)
    yield both
    both.stop()


def visit_until(nginx, rotate):
    """Visits without a pause while `rotate()` runs; returns how many were served."""
    served = []

    def visit():
        served.append(fetch(nginx.port, ip=ALPHA).status)

    with Visiting(visit, visit, visit, visit):
        rotate()
    assert set(served) == {200}
    nginx.stop()  # workers write what they have buffered
    return len(served)


def make_room(log):
    for number in range(20, 0, -1):
        for suffix in ("", ".gz"):
            if os.path.exists(f"{log}.{number}{suffix}"):
                os.rename(f"{log}.{number}{suffix}", f"{log}.{number + 1}{suffix}")


def compress(log):
    """Compresses like `compress` with `delaycompress`."""
    if os.path.exists(f"{log}.2"):
        subprocess.run(["gzip", f"{log}.2"], check=True)


def test_what_is_flushed_to_the_renamed_log_is_followed(nginx, followers):
    def rotate():
        for round_ in range(6):
            time.sleep(1.5)
            make_room(followers.log)
            os.rename(followers.log, f"{followers.log}.1")
            slow = nginx.workers()[round_ % WORKERS]
            if round_ % 2 == 0:
                os.kill(slow, signal.SIGSTOP)  # it still holds its buffer while others already write to the new log
            time.sleep(1.5)                    # buffers are flushed to the renamed log meanwhile
            nginx.signal(signal.SIGUSR1)
            wait_for(followers.log.exists, 20)
            time.sleep(1.2 if round_ % 2 == 0 else 0.1)
            os.kill(slow, signal.SIGCONT)
            if round_ % 3 == 2:
                followers.kill_ship()  # in the middle of a rotation
                followers.start_ship()
            time.sleep(2)
            compress(followers.log)

    followers.check(visit_until(nginx, rotate))


def test_a_log_that_is_copied_and_truncated_is_followed_however_far_it_has_grown_again(nginx, followers):
    def rotate():
        for round_ in range(5):
            time.sleep(1.5)
            size = followers.log.stat().st_size
            paused = round_ % 2 == 0
            if paused:
                followers.pause(signal.SIGSTOP)
            # copytruncate itself loses what is logged between copy and truncation; here, nothing is.
            for worker in nginx.workers():
                os.kill(worker, signal.SIGSTOP)
            make_room(followers.log)
            shutil.copyfile(followers.log, f"{followers.log}.1")
            os.truncate(followers.log, 0)
            for worker in nginx.workers():
                os.kill(worker, signal.SIGCONT)
            if paused:
                wait_for(lambda: followers.log.stat().st_size > size + 4096, 120)
                followers.pause(signal.SIGCONT)
            elif round_ == 3:
                followers.kill_ship()
                followers.start_ship()

    followers.check(visit_until(nginx, rotate))
