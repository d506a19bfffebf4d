"""Visitors who send both nginx the same requests and compare. A response that is not personalized must equal the plain nginx's
to the byte; a personalized one must equal what `abmctl render` makes of the plain page."""

import collections
import itertools
import random
import threading
import time
import zlib

from harness.client import Connection
from harness.http2 import Http2
from harness.site import ALPHA, BETA, RIVAL, STRANGER

KNOWN = {ALPHA: "alpha", BETA: "beta"}
UNFIT = ("missing", "unclosed", "tag-too-long", "too-deep", "ambiguous")  # pages of ours without a place for any edit
# On a personalized page, only these headers are compared; on any other, every header except those with the time.
PERSONAL = (["private, no-cache"], ["no-store"])
TIMES = {"date", "expires"}


class Failure(AssertionError):
    """A mismatch that was found."""


def decoded(answer):
    """The body without gzip, as far as it arrived. A partial gzip body, or one with plain text added, is left as it is."""
    if (answer.get("Content-Encoding") or "").lower() != "gzip":
        return answer.body
    try:
        return zlib.decompressobj(wbits=31).decompress(answer.body)
    except zlib.error:
        return answer.body


def is_member(answer):
    """Whether a body is one gzip member to its end, of which CRC and size are right."""
    decoder = zlib.decompressobj(wbits=31)
    try:
        decoder.decompress(answer.body)
    except zlib.error:
        return False
    return decoder.eof and not decoder.unused_data


def headers_of(answer):
    """Sorted, without the values of headers with the time; only their presence counts."""
    return sorted((name.lower(), "…" if name.lower() in TIMES else value) for name, value in answer.headers)


class Asked:
    """One request, and both responses."""

    def __init__(self, number, method, path, ip, headers, body=b"", version="1.1"):
        self.number, self.method, self.path, self.ip, self.body, self.version = number, method, path, ip, body, version
        self.headers = {"Referer": f"http://r{number}.example/", "X-Forwarded-For": ip, **headers}
        self.ours = self.plain = None
        self.chance = False  # how much of a response arrived says nothing

    def __str__(self):
        return f"request {self.number}: {self.method} {self.path} HTTP/{self.version} {self.headers} {self.body!r}"


class Visitors:
    def __init__(self, pair, published, seed):
        self.pair, self.published, self.seed = pair, published, seed
        self.numbers, self.counts, self.asked = itertools.count(1), collections.Counter(), []
        self.originals, self.lock, self.failures = {}, threading.Lock(), []

    def warm_up(self):
        """Requests each page once per encoding from both, so that their caches hold the same. The bodies are the originals."""
        for path in self.pair.composition.paths:
            for encoding in ("gzip", "identity"):
                one = self.exchange(Asked(next(self.numbers), "GET", path, STRANGER, {"Accept-Encoding": encoding, "Connection": "close"}))
                if not same_bodies(one.ours, one.plain):
                    raise Failure(f"a stranger's page differs: {one}\n{difference(one)}")
            one = self.exchange(Asked(next(self.numbers), "GET", path, STRANGER, {"Accept-Encoding": "identity", "Connection": "close"}))
            self.originals[path] = one.plain
            for _ in range(6):  # what is told from memory, and of what is compressed, is by then
                self.exchange(Asked(next(self.numbers), "GET", path, ALPHA, {"Accept-Encoding": "gzip", "Connection": "close"}))

    def run(self, requests, threads):
        def visit(number):
            chance = random.Random(f"visitor {self.seed} {number}")
            for _ in range(requests):
                if self.failures:
                    return
                try:
                    self.one(chance)
                except (Failure, OSError, ValueError, IndexError) as error:
                    self.failures.append(error)
        workers = [threading.Thread(target=visit, args=(number,)) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if self.failures:
            raise self.failures[0]

    def one(self, chance):
        how = chance.choices([self.ask, self.abort, self.pipeline, self.http2, self.slow_upload], [80, 6, 5, 5, 4])[0]
        how(chance)

    # Requests that clients send.

    def request(self, chance, ip=None, method=None, plain=False):
        ip = ip or chance.choice([ALPHA, ALPHA, BETA, RIVAL, STRANGER, STRANGER])
        method = method or chance.choices(["GET", "HEAD", "POST", "PUT"], [80, 8, 10, 2])[0]
        headers = {"Connection": "close"}
        for name, value, likely in () if plain else (
                ("Accept-Encoding", chance.choice(["gzip", "gzip", "identity", "gzip, br", "br"]), 0.7), ("Range", "bytes=5-14", 0.12),
                ("If-Range", chance.choice(['"v1"', '"v0"']), 0.05), ("If-None-Match", chance.choice(['"v1"', '"v0"', "*", 'W/"v1"']), 0.1),
                ("If-Modified-Since", "Sun, 22 Nov 2026 03:00:00 GMT", 0.08), ("Sec-GPC", "1", 0.04), ("X-Refused", "1", 0.05),
                ("X-Refuse-Late", "1", 0.08), ("Upgrade", chance.choice(["h2c", "websocket"]), 0.03), ("Content-Type", "application/grpc", 0.03),
                ("Accept", "text/html", 0.3), ("Expect", "", 0.01), ("TE", "trailers", 0.1), ("Cookie", "a=b; abm_optout=0", 0.1)):
            if chance.random() < likely:
                headers[name] = value
        body = b"a=1" * chance.choice([1, 5000]) if method in ("POST", "PUT") else b""
        path = chance.choice(self.pair.composition.paths) + chance.choice(["", "", "", "?q=1", "?q=%C3%A9&x"])
        version = "1.0" if chance.random() < 0.08 else "1.1"
        return Asked(next(self.numbers), method, path, ip, headers, body, version)

    def exchange(self, one):
        """Sends the same to both, to the plain one second, so that neither finds more in a cache than the other."""
        answers = []
        for port in (self.pair.ours.port, self.pair.plain.port):
            with Connection(port, timeout=30) as connection:
                connection.send(one.method, one.path, one.headers, one.version, one.body)
                try:
                    answers.append(connection.receive(one.method))
                except (OSError, ValueError) as error:
                    raise Failure(f"{one}: {error!r}") from error
        one.ours, one.plain = answers
        with self.lock:
            self.counts["requests"] += 1
            self.asked.append(one)
        return one

    def ask(self, chance):
        one = self.exchange(self.request(chance))
        etag = one.ours.get("ETag")
        if one.method in ("GET", "HEAD") and etag and etag.startswith('W/"abm-') and chance.random() < 0.5:
            self.exchange(Asked(next(self.numbers), one.method, one.path, one.ip, {**{name: value for name, value in one.headers.items() if name not in (
                "Referer", "If-None-Match", "If-Modified-Since")}, "If-None-Match": etag}))

    def abort(self, chance):
        """A client that may leave at any time; the plain nginx gets the request too, for its cache."""
        one = self.request(chance, method="GET")
        for port in (self.pair.ours.port, self.pair.plain.port):
            with Connection(port, timeout=30, receive_buffer=4096) as connection:
                connection.send(one.method, one.path, one.headers, one.version, one.body)
                if chance.random() < 0.7:
                    connection.socket.recv(chance.choice([1, 500, 20000]))
        with self.lock:
            self.counts["aborted"] += 1

    def pipeline(self, chance):
        many = [self.request(chance, method="GET", plain=True) for _ in range(chance.randint(2, 5))]
        for port, name in ((self.pair.ours.port, "ours"), (self.pair.plain.port, "plain")):
            left = list(many)
            while left:  # a server may close after any of them, and drop what came after it
                with Connection(port, timeout=30) as connection:
                    try:
                        for one in left:
                            one.headers["Connection"] = "keep-alive"
                            connection.send(one.method, one.path, one.headers, "1.1", one.body)
                    except OSError:
                        pass
                    before = len(left)
                    while left:
                        try:
                            answer = connection.receive(left[0].method)
                        except OSError as error:
                            if len(left) == before:
                                raise Failure(f"pipelined {left[0]}: {error!r}") from error
                            break
                        if not answer.has("Content-Length") and not answer.has("Transfer-Encoding") and answer.body:
                            # It ends with the connection, and a server that finds more requests on it resets it: how much
                # has arrived is chance.
                            answer.complete, left[0].chance = False, True
                        setattr(left.pop(0), name, answer)
                        if answer.get("Connection") == "close" or not answer.complete:
                            break
        with self.lock:
            self.counts["requests"] += len(many)
            self.counts["pipelined"] += len(many)
            # A request that was cut off is sent again on its own connection, so it has two lines.
            self.asked += many

    def http2(self, chance):
        many = [self.request(chance, method="GET", plain=True) for _ in range(3)]
        for port, name in ((self.pair.ours.h2, "ours"), (self.pair.plain.h2, "plain")):
            with Http2(port) as connection:
                streams = [connection.get(one.path, one.ip, [("referer", one.headers["Referer"])]) for one in many]
                connection.receive_all()
                for one, stream in zip(many, streams):
                    head = connection.heads.get(stream, {})
                    answer = type("Answer", (), {})()
                    from harness.client import Answer
                    answer = Answer(int(head.get(":status", 0)), [(name_, value) for name_, value in head.items() if not name_.startswith(":")],
                                    connection.bodies[stream], stream in connection.ended, b"")
                    setattr(one, name, answer)
        with self.lock:
            self.counts["requests"] += len(many)
            self.counts["HTTP/2"] += len(many)
            self.asked += many

    def slow_upload(self, chance):
        """A body that arrives in pieces, across several swaps."""
        one = self.request(chance, method="POST", plain=True)
        body = b"x" * 60
        one.headers["Content-Length"] = str(len(body))
        for port, name in ((self.pair.ours.port, "ours"), (self.pair.plain.port, "plain")):
            with Connection(port, timeout=30) as connection:
                connection.send("POST", one.path, one.headers)
                for at in range(0, len(body), 20):
                    time.sleep(0.02)
                    connection.socket.sendall(body[at:at + 20])
                setattr(one, name, connection.receive("POST"))
        with self.lock:
            self.counts["requests"] += 1
            self.counts["slow uploads"] += 1
            self.asked.append(one)

    # What must be true.

    def check_against(self, lines):
        """Every response, with its visit lines."""
        by_number = collections.defaultdict(list)
        for line in lines:
            by_number[line["referrer_host"]].append(line)
        for one in self.asked:
            own = by_number.get(f"r{one.number}.example", [])
            if len(own) > 1:
                raise Failure(f"{len(own)} visit lines of {one}: {own}")
            self.check(one, own[0] if own else None)

    def check(self, one, line):
        if line is not None and (one.ip not in KNOWN and one.ip != RIVAL or line["account"] not in (*KNOWN.values(), "rival")):
            raise Failure(f"a visit line of nobody: {one}\n{line}")
        if one.chance:
            self.counts["ended by chance"] += 1
        elif line is not None and line["page"] == "personalized":
            self.check_personal(one, line)
        elif line is not None and line["skip"] in (*UNFIT, "aborted", "head", "error") and one.ours.all("Cache-Control") in PERSONAL:
            if line["skip"] in UNFIT and not one.ours.has("Content-Range") and one.ours.complete:
                self.check_body(one, line)
        elif one.ip in KNOWN and self.asked_as_for_a_page(one, line):
            self.check_loosely(one, line)
        else:
            self.check_same(one, line)

    @staticmethod
    def asked_as_for_a_page(one, line):
        """Whether the upstream may have been asked for a whole, uncompressed page before its response showed that it is not a page:
    then nginx cuts and compresses instead of the upstream."""
        if line is not None and line["skip"] not in ("status", "encoded", "empty", "charset", "head"):
            return False
        asked = {"Range", "If-Range", "If-None-Match", "If-Modified-Since"} & set(one.headers)
        return bool(asked) or one.plain.has("Content-Encoding") or one.ours.has("Content-Encoding") or one.plain.has("Vary")

    def check_loosely(self, one, line):
        self.counts["asked as for a page"] += 1
        ours, plain = decoded(one.ours), decoded(one.plain)
        alike = same_bodies(one.ours, one.plain) or ours in plain or plain in ours  # `error_page 404 =200` turns parts, and even nothing, into a 200
        if one.ours.status not in (one.plain.status, 200, 206, 304) or one.ours.status == one.plain.status == 200 and not alike:
            raise Failure(f"{one}\n{difference(one)}\n{line}")

    def check_personal(self, one, line):
        self.counts["personalized"] += 1
        if one.ours.status not in (200, 304) or one.ours.all("Cache-Control") not in PERSONAL:
            raise Failure(f"a personalized page that may be kept: {one}\n{one.ours.head}\n{line}")
        kept = [name for name, _ in one.ours.headers if name.lower() in ("x-accel-expires", "edge-control", "expires", "last-modified", "accept-ranges")]
        if kept:
            raise Failure(f"a personalized page with {kept}: {one}\n{one.ours.head}")
        if one.ours.status == 200 and one.method != "HEAD":
            if one.ours.complete and one.ours.get("Content-Encoding") == "gzip":
                self.counts["personalized and compressed"] += 1
                if not is_member(one.ours):
                    raise Failure(f"not one gzip member: {one}\n{one.ours.head}\n{line}")
            self.check_body(one, line)

    def check_body(self, one, line):
        original = self.originals[one.path.split("?")[0]]
        slots = [state for rule in line["rules"] for state in rule["slots"].values()]
        if any(state.startswith("skipped:") for state in slots):  # `render` does not know this abm_max_tag
            if "applied" not in slots and one.ours.complete and decoded(one.ours) != original.body:
                raise Failure(f"changed though no slot was: {one}\n{difference(one)}\n{line}")
            return
        charset = (one.ours.get("Content-Type") or "").partition("charset=")[2]
        body, wanted = decoded(one.ours), self.published.render(line["generation"], line["account"], line["path"], charset, original.body)
        if original.complete and one.ours.complete:
            if body != wanted:
                raise Failure(f"not what abmctl render says: {one}\n{line}\nis     {body[:600]!r}\nshould {wanted[:600]!r}")
        elif original.complete != one.ours.complete:
            raise Failure(f"an end that the plain page {'has' if original.complete else 'lacks'}: {one}\n{line}\n{one.ours.head}")

    def check_same(self, one, line):
        self.counts["original"] += 1
        if one.plain.complete != one.ours.complete:
            raise Failure(f"complete: {one.ours.complete}, not {one.plain.complete}: {one}\n{difference(one)}\n{line}")
        if one.ours.status != one.plain.status or headers_of(one.ours) != headers_of(one.plain) or not same_bodies(one.ours, one.plain):
            raise Failure(f"not the plain answer: {one}\n{difference(one)}\n{line}")


def same_bodies(first, second):
    """Gzip's bytes depend on timing; for pages that were cut off, it is unknown how much was read."""
    one, other = decoded(first), decoded(second)
    if first.complete and second.complete:
        return one == other
    return first.complete == second.complete and (one.startswith(other) or other.startswith(one))


def difference(one):
    lines = [f"status {one.ours.status}, plain {one.plain.status}; complete {one.ours.complete}, plain {one.plain.complete}"]
    ours, plain = headers_of(one.ours), headers_of(one.plain)
    lines += [f"only ours: {header}" for header in ours if header not in plain] + [f"only plain: {header}" for header in plain if header not in ours]
    first, second = decoded(one.ours), decoded(one.plain)
    if first != second:
        at = next((i for i, (x, y) in enumerate(zip(first, second)) if x != y), min(len(first), len(second)))
        lines.append(f"bodies of {len(first)} and {len(second)} bytes differ at {at}: {first[at - 40:at + 120]!r} plain {second[at - 40:at + 120]!r}")
    return "\n".join(lines)
