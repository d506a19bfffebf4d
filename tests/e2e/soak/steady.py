"""One worker through many swaps and aborted requests: afterwards it must hold what it held before."""

import threading
import time

from harness.client import Connection, fetch
from harness.gzipped import GZIP
from harness.process import held


class Steady:
    """`flip(number)` makes a generation current; the worker's /generation says which one it uses."""

    LOCATION = "location = /generation { default_type text/plain; return 200 $abm_generation; }"

    def __init__(self, nginx, flip, numbers, abort_path, abort_ip, page_size):
        self.nginx, self.flip, self.numbers = nginx, flip, numbers
        self.abort_path, self.abort_ip, self.page_size = abort_path, abort_ip, page_size
        self.turn = 0

    def swap(self, times):
        with Connection(self.nginx.port) as connection:
            for i in range(times):
                self.turn += 1
                number = self.numbers[self.turn % len(self.numbers)]
                self.flip(number)
                deadline = time.monotonic() + 10
                asked = 0
                while True:
                    connection.send("GET", "/generation", {"Connection": "keep-alive"})
                    answer = connection.receive()
                    asked += 1
                    if answer.get("Connection") == "close":  # keepalive_requests
                        connection.socket.close()
                        connection.__init__(self.nginx.port)
                    if answer.body == str(number).encode():
                        break
                    if time.monotonic() > deadline:
                        raise RuntimeError(f"swap {i + 1}: generation {number} is not taken over")
                    time.sleep(0.002)

    def abort(self, times, threads=4):
        """Clients that leave at any offset of the page; every other one accepts gzip."""
        def visit(first):
            for i in range(first, times, threads):
                try:
                    with Connection(self.nginx.port, receive_buffer=4096) as connection:
                        connection.send("GET", self.abort_path, {"X-Forwarded-For": self.abort_ip, "Connection": "close", **(GZIP if i // threads % 2 else {})})
                        wanted = 1 + i * 7919 % self.page_size
                        while wanted > 0 and (data := connection.socket.recv(min(wanted, 65536))):
                            wanted -= len(data)
                except OSError:
                    pass
        workers = [threading.Thread(target=visit, args=(first,)) for first in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def held(self):
        """What the only worker holds once nobody is connected."""
        worker = self.nginx.workers()[0]
        deadline = time.monotonic() + 20
        before, now = None, held(worker)
        while before != now and time.monotonic() < deadline:
            fetch(self.nginx.port, "/generation")
            time.sleep(0.5)
            before, now = now, held(worker)
        return now

    def compare(self, swaps, aborts, warm_up=10):
        """Runs a `warm_up`-th of it, then all of it; returns (before, after)."""
        self.swap(max(20, swaps // warm_up))
        self.abort(max(100, aborts // warm_up))
        for _ in range(12):  # whatever is kept of the page is, by then
            fetch(self.nginx.port, self.abort_path, ip=self.abort_ip, headers=GZIP)
            time.sleep(0.1)
        before = self.held()
        self.swap(swaps)
        self.abort(aborts)
        return before, self.held()


def grown(before, after, tolerance=0.02):
    """Whatever grew by more than `tolerance`. One descriptor and two mappings may be open by chance, and the heap may have room
    for one more matcher (200 KiB): whether the allocator returned it depends on what lies after it."""
    slack = {"resident": 256 * 1024, "descriptors": 1, "mappings": 2}
    return {what: (before[what], after[what]) for what in before
            if after[what] > max(before[what] * (1 + tolerance), before[what] + slack[what])}
