"""Visitors who never stop and compare each page with what `abmctl render` makes of it in its generation."""

import collections
import functools
import random
import threading
import time
import zlib

from harness.client import Connection
from harness.gzipped import GZIP, member
from harness.visiting import Visiting

from .example import FILES, VISITORS, digest

CUT = (OSError, ValueError, IndexError)  # a connection that ends early, anywhere in the response


class Visitors(Visiting):
    """`ports`: the same site behind several configurations. `kills` lists when workers were killed: only a request that was
    under way at that time may be cut off, and it must succeed when repeated."""

    def __init__(self, example, ports, threads):
        self.example, self.ports = example, ports
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.failures = []
        self.kills = []
        self.seen = set()  # generations
        super().__init__(*(functools.partial(self.visit, random.Random(seed)) for seed in range(threads)))

    def count(self, what, number=1):
        with self.lock:
            self.counts[what] += number

    def fail(self, what, *about):
        with self.lock:
            self.counts["failed"] += 1
            if len(self.failures) < 20:
                self.failures.append((time.strftime("%H:%M:%S"), what, *about))

    def visit(self, chance):
        styles = [self.get, self.get, self.get_gzip, self.get_gzip, self.get_range, self.get_old, self.head, self.keep_alive, self.abort]
        chance.choice(styles)(chance.choice(self.ports), chance.choice(VISITORS), chance.choice(list(FILES)), chance)

    # One request on its own connection. A kill while it is under way may cut it off; then it is repeated and must succeed.
    def exchange(self, port, ip, path, check, method="GET", headers=None, version="1.1"):
        for attempt in (1, 2):
            start = time.monotonic()
            error = None
            try:
                with Connection(port) as connection:
                    connection.send(method, path, {"X-Forwarded-For": ip, "Connection": "close", **(headers or {})}, version)
                    answer = connection.receive(method)
                    if answer.complete:
                        self.count("requests")
                        check(answer, ip, path)
                        return
            except CUT as failure:
                error = repr(failure)
            if attempt == 1 and any(kill >= start for kill in list(self.kills)):
                self.count("cut by a kill")
                continue
            self.fail(error or "the answer is cut off", port, ip, path)
            return

    def check(self, answer, ip, path):
        number = int(answer.get("X-Generation") or 0)
        try:
            body = member(answer.body) if answer.get("Content-Encoding") == "gzip" else answer.body
        except (AssertionError, zlib.error) as error:
            return self.fail(f"not one gzip member: {error!r}", ip, path)
        with self.lock:
            self.seen.add(number)
        if answer.status != 200:
            self.fail(f"status {answer.status}", ip, path)
        elif self.example.expected.get((number, ip, path)) != digest(body):
            self.fail(f"wrong page for generation {number}", ip, path, body[:300])
        elif self.example.is_personalized(number, ip, path) and answer.get("Cache-Control") != "private, no-cache":
            self.fail("a personalized page may be cached", ip, path, answer.head)
        return None

    def get(self, port, ip, path, _):
        self.exchange(port, ip, path, self.check)

    def get_gzip(self, port, ip, path, _):
        self.exchange(port, ip, path, self.check, headers=GZIP)

    def get_old(self, port, ip, path, _):
        self.exchange(port, ip, path, self.check, version="1.0")

    def get_range(self, port, ip, path, _):
        if all(self.example.is_personalized(number, ip, path) for number in self.example.generations):
            self.exchange(port, ip, path, self.check, headers={"Range": "bytes=100-199", "If-None-Match": '"other"'})

    def head(self, port, ip, path, _):
        def check(answer, *_about):
            if answer.status != 200:
                self.fail(f"HEAD: status {answer.status}", ip, path)
        self.exchange(port, ip, path, check, method="HEAD")

    # A server may close an idle connection just as the next request is sent; that request is then never answered.
    def keep_alive(self, port, _ip, path, chance):
        start = time.monotonic()
        answered = 0
        try:
            with Connection(port) as connection:
                for ip in chance.sample(VISITORS, 4):
                    connection.send("GET", path, {"X-Forwarded-For": ip, **chance.choice([{}, GZIP])})
                    answer = connection.receive()
                    if not answer.complete:
                        raise ConnectionError("the answer is cut off")
                    answered += 1
                    self.count("requests")
                    self.check(answer, ip, path)
                    if answer.get("Connection") == "close":
                        return
        except CUT as error:
            if any(kill >= start for kill in list(self.kills)):
                self.count("cut by a kill")
            elif answered > 0 and not connection.buffer:
                self.count("idle connections closed")
            else:
                self.fail(repr(error), port, path)

    def abort(self, port, ip, path, chance):
        try:
            with Connection(port) as connection:
                connection.send("GET", path, {"X-Forwarded-For": ip, **chance.choice([{}, GZIP])})
                connection.socket.recv(chance.randint(1, 3000))
            self.count("aborted")
        except OSError:
            self.count("aborted")
