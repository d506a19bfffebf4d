"""abmctl ship and signals while the wall clock jumps by a day, and while a server stalls: durations use the steady clock."""

import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import threading
import time

import pytest

import nats
from ports import free_port

DAY = 86400
LINES = 400
CLOCK = pathlib.Path(__file__).parents[1] / "e2e/clock.cpp"

pytestmark = [pytest.mark.skipif(nats.PROGRAM is None, reason="no nats-server here"),
              pytest.mark.skipif(shutil.which("c++") is None, reason="no compiler"),
              pytest.mark.skipif(bool(os.environ.get("ABM_PRELOAD")), reason="a sanitizer wants to be the first library")]


class Clock:
    def __init__(self, folder):
        self.path = folder / "clock"
        self.path.write_bytes(bytes(4096))
        library = folder / "clock.so"
        subprocess.run(["c++", "-shared", "-fPIC", "-O1", "-o", library, CLOCK], check=True)
        self.environment = {**os.environ, "ABM_CLOCK": str(self.path), "LD_PRELOAD": str(library)}

    def set(self, offset):
        with open(self.path, "r+b") as file:
            file.write(struct.pack("q", int(offset)))


class Following:
    """Both followers of one log, which grows and is rotated."""

    def __init__(self, folder, url, environment):
        self.log, self.count, self.folder = folder / "abm-visits.jsonl", 0, folder
        self.told = open(folder / "signals", "wb")  # pylint: disable=consider-using-with
        self.errors = open(folder / "errors", "wb")  # pylint: disable=consider-using-with
        self.processes = [
            subprocess.Popen([nats.ABMCTL, "ship", "--server", url, "--follow", str(self.log)], env=environment,
                             stdout=subprocess.DEVNULL, stderr=self.errors),
            subprocess.Popen([nats.ABMCTL, "signals", "--follow", str(self.log)], env=environment, stdout=self.told,
                             stderr=self.errors)]
        deadline = time.monotonic() + 60
        while not pathlib.Path(f"{self.log}.ship").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def write(self, count):
        with open(self.log, "a", encoding="utf-8") as log:
            for _ in range(count):
                log.write(nats.line(self.count))
                self.count += 1

    def signals(self):
        self.told.flush()
        told = (self.folder / "signals").read_text()
        # The last line may still be on its way.
        return [json.loads(line)["request_id"] for line in told[:told.rfind("\n") + 1].splitlines()]

    def stop(self):
        for process in self.processes:
            process.terminate()
        ended = [process.wait(60) for process in self.processes]
        self.told.close()
        self.errors.close()
        return ended

    def kill(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()


def stored(url):
    try:
        return nats.info(url, "abm-visits")["state"]["messages"]
    except (OSError, KeyError):
        return -1


def wait_for(condition, seconds=300):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture
def server(tmp_path):
    one = nats.Server(tmp_path, free_port()).start()
    yield one
    if one.process is not None:
        one.process.send_signal(signal.SIGCONT)
    one.kill()


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path)


@pytest.fixture
def follow(tmp_path, server, clock):
    following = Following(tmp_path, server.url, clock.environment)
    yield following
    following.kill()


def ids(count):
    return [f"{number:032x}" for number in range(count)]


def check(follow, server):
    wait_for(lambda: stored(server.url) == follow.count)
    wait_for(lambda: len(follow.signals()) == follow.count)
    assert sorted(identity for identity, _ in nats.messages(server.url, "abm-visits")) == ids(follow.count)
    assert sorted(follow.signals()) == ids(follow.count)


def test_a_jumping_clock_neither_delays_loses_nor_doubles_a_line(follow, server, clock):
    for offset in (0, DAY, -DAY, 0, -DAY, DAY):
        clock.set(offset)
        follow.write(LINES)
        os.rename(follow.log, f"{follow.log}.{follow.count}")
        with open(f"{follow.log}.{follow.count}", "a", encoding="utf-8") as late:  # flushed late
            late.write(nats.line(follow.count))
        follow.count += 1
        follow.write(LINES)
        check(follow, server)
    assert follow.stop() == [0, 0]


@pytest.mark.parametrize("jump", (-DAY, DAY))
def test_a_clock_that_jumps_while_a_server_stalls_does_not_make_ship_wait_for_a_day(follow, server, clock, jump):
    follow.write(LINES)
    check(follow, server)
    server.process.send_signal(signal.SIGSTOP)
    follow.write(LINES)
    time.sleep(1)  # ship waits for acknowledgements of what it sent
    clock.set(jump)
    time.sleep(8)  # longer than ship is patient
    server.process.send_signal(signal.SIGCONT)
    check(follow, server)


@pytest.mark.parametrize("jump", (-DAY, DAY))
def test_a_clock_that_jumps_while_the_server_is_down_does_not_keep_ship_from_coming_back(follow, server, clock, jump):
    follow.write(LINES)
    check(follow, server)
    server.kill()
    follow.write(LINES)
    time.sleep(1)
    clock.set(jump)
    time.sleep(1)
    server.start()
    check(follow, server)


class DropsAcknowledgements(threading.Thread):
    """Stands between ship and the server, and forwards what the server sends only as long as it is told to."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.server, self.dropping = port, threading.Event()
        self.listener = nats.socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
                upstream = nats.socket.create_connection(("127.0.0.1", self.server))
            except OSError:
                return
            for source, to, drops in ((client, upstream, False), (upstream, client, True)):
                threading.Thread(target=self.pump, args=(source, to, drops), daemon=True).start()

    def pump(self, source, to, drops):
        try:
            while data := source.recv(65536):
                if not (drops and self.dropping.is_set()):
                    to.sendall(data)
        except OSError:
            pass
        for one in (source, to):
            one.close()


def test_lines_whose_acknowledgements_are_lost_are_sent_again_under_their_ids(tmp_path, server):
    between = DropsAcknowledgements(server.port)
    between.start()
    follow = Following(tmp_path, f"nats://127.0.0.1:{between.port}", os.environ)
    try:
        follow.write(LINES)
        check(follow, server)
        between.dropping.set()
        follow.write(LINES)
        wait_for(lambda: stored(server.url) == follow.count)  # they are in the stream, but ship does not know
        time.sleep(25)  # until it gives up the connection
        between.dropping.clear()
        follow.write(LINES)
        check(follow, server)
        assert follow.stop() == [0, 0]
        errors = (tmp_path / "errors").read_text()
        assert "were not acknowledged in time; trying again" in errors
        waiting = subprocess.run([nats.ABMCTL, "ship", "--server", server.url, "--json", str(follow.log)], check=True,
                                 capture_output=True, text=True)
        assert json.loads(waiting.stdout)["shipped"] == 0
    finally:
        follow.kill()
        between.listener.close()


def test_files_that_are_rotated_and_compressed_while_the_server_is_down_are_shipped_when_it_is_back(follow, server):
    follow.write(LINES)
    check(follow, server)
    server.kill()
    for rotation in range(4):
        follow.write(LINES)
        time.sleep(12)  # ship checks at least every ten seconds
        os.rename(follow.log, f"{follow.log}.{rotation}")
        if rotation > 0:
            subprocess.run(["gzip", f"{follow.log}.{rotation - 1}"], check=True)
    follow.write(LINES)
    server.start()
    check(follow, server)
