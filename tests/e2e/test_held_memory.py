"""What open requests hold: whatever they do, a worker never holds more than two account snapshots and two indexes, and
abm_status reports that."""

import json
import time

import pytest

from harness.client import Connection, fetch
from harness.generations import ALL, LOCATION, Generations
from harness.nginx import ABM, STATUS
from harness.site import ALPHA, PAGE, STRANGER
from harness.upstream import Reply
from harness.waiting import wait_for

ACCOUNTS = "accounts.bin"
INDEX = "ipdb.mmdb"
REASONS = {"in use", "being adopted", "being freed", "responses under way"}
PARTS = {"accounts": "accounts", "index": "indexes", "rules": "rules"}  # in what they are counted
SWAPS = 50
EACH = 100  # open requests of each kind
BIG = PAGE + b"<p>0123456789abcdef</p>\n" * 7000  # more than sockets and buffers take


@pytest.fixture(scope="module")
def generations(tmp_path_factory):
    return Generations(tmp_path_factory.mktemp("held") / "site", count=3, others=20000)


def mapped(pid, name):
    """Bytes of that file's sealed copies that a process has mapped (a part that is mapped twice counts once)."""
    sizes = {}
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as maps:
        for line in maps:
            if name in line:
                span, _, _, _, inode, _ = line.split(None, 5)
                first, last = span.split("-")
                sizes[inode] = max(sizes.get(inode, 0), int(last, 16) - int(first, 16))
    return sum(sizes.values())


def held(nginx):
    """What abm_status reports about it, checked for plausibility."""
    status = nginx.status()
    told = status["held"]
    assert set(told) == {"accounts", "indexes", "rules", "parts"}, told
    for part in told["parts"]:
        assert set(part) == {"part", "generation", "bytes", "why"} and part["part"] in PARTS and part["why"] in REASONS, part
        assert part["bytes"] > 0 and part["generation"] >= 1, part
    for part, number in PARTS.items():
        assert told[number] == sum(one["part"] == part for one in told["parts"]), told
        in_use = [one["generation"] for one in told["parts"] if one["part"] == part and one["why"] == "in use"]
        assert len(in_use) == 1, told
    return told


class Watch:
    """The most that a worker held, according to itself and to the kernel."""

    def __init__(self, nginx, generations):
        self.nginx, self.worker = nginx, nginx.workers()[0]
        self.sizes = {name: max(path.stat().st_size for path in generations.data.glob(f"gen-*/{name}")) for name in (ACCOUNTS, INDEX)}
        self.most = {}
        self.look()

    def see(self, what, number):
        self.most[what] = max(self.most.get(what, 0), number)

    def look(self):
        told = held(self.nginx)
        self.see("accounts", told["accounts"])
        self.see("indexes", told["indexes"])
        for name, size in self.sizes.items():
            self.see(f"copies of {name} in memory", round(mapped(self.worker, name) / size, 1))

    def check(self, about):
        assert all(number <= 2 for number in self.most.values()), f"{about}: at most {self.most}"
        assert self.nginx.workers() == [self.worker], f"{about}: the worker died"


# What a client has open. Each is started, stays open across swaps, then ends and must be correct.

class Open:
    def __init__(self, port, ip, path, timeout=60):
        self.connection, self.ip, self.path = Connection(port, timeout, receive_buffer=4096), ip, path

    def send(self, headers=None, **more):
        self.connection.send(more.pop("method", "GET"), self.path, {"X-Forwarded-For": self.ip, **(headers or {})}, **more)

    def goes_on(self):
        """What it does between two swaps."""

    def is_page(self, body, page):
        """The page of one generation to its last byte; an unknown visitor's is the original."""
        return body == page if self.ip == STRANGER else body in [Generations.page(number, page) for number in (1, 2, 3)]

    def close(self):
        self.connection.socket.close()


class SlowUpload(Open):
    """A body of which a byte arrives now and then."""
    SIZE = 200

    def begin(self):
        self.send({"Content-Length": str(self.SIZE), "Connection": "close"}, method="POST")
        self.sent = 0

    def goes_on(self):
        self.connection.socket.sendall(b"x")
        self.sent += 1

    def end(self):
        self.connection.socket.sendall(b"x" * (self.SIZE - self.sent))
        answer = self.connection.receive()
        return answer.complete and answer.status == 200 and self.is_page(answer.body, PAGE)


class SlowDownload(Open):
    """A page that is read a little at a time."""

    def begin(self):
        self.send({"Connection": "close"})
        self.connection.receive_until(b"200 OK")

    def goes_on(self):
        self.connection.more()

    def end(self):
        answer = self.connection.receive()
        return answer.complete and self.is_page(answer.body, BIG)


class Websocket(Open):
    def begin(self):
        self.send({"Upgrade": "websocket", "Connection": "Upgrade"})
        self.connection.receive_until(b"welcome")

    def goes_on(self):
        self.connection.socket.sendall(b"ping")

    def end(self):
        self.connection.buffer = b""
        self.connection.socket.sendall(b"bye!")
        self.connection.receive_until(b"goodbye")
        return True


class Pipelined(Open):
    """Several requests at once; the client does not read, which holds up the first response."""
    COUNT = 3

    def begin(self):
        for _ in range(self.COUNT):
            self.send()
        self.connection.receive_until(b"200 OK")

    def end(self):
        return all(self.is_page(self.connection.receive().body, BIG) for _ in range(self.COUNT))


class Variable(SlowUpload):
    """A location with `abm off` where a variable is read: the upstream gets the value that was read early."""

    def end(self):
        self.connection.socket.sendall(b"x" * (self.SIZE - self.sent))
        answer = self.connection.receive()
        told = answer.get("X-Told") or ""
        return answer.complete and answer.body == PAGE and (
            told in [Generations.told(number) for number in (1, 2, 3)] if self.ip == ALPHA else set(told.split("|")) <= {"", "1", "2", "3"})


KINDS = {
    "slow uploads of known visitors": (SlowUpload, ALPHA, "/page"),
    "slow uploads of unknown visitors": (SlowUpload, STRANGER, "/page"),
    "slow downloads of known visitors": (SlowDownload, ALPHA, "/big"),
    "slow downloads of unknown visitors": (SlowDownload, STRANGER, "/big"),
    "websockets of known visitors": (Websocket, ALPHA, "/socket"),
    "websockets of unknown visitors": (Websocket, STRANGER, "/socket"),
    "pipelined by known visitors": (Pipelined, ALPHA, "/big"),
    "pipelined by unknown visitors": (Pipelined, STRANGER, "/big"),
    "variables of known visitors with abm off": (Variable, ALPHA, "/off"),
    "variables of unknown visitors with abm off": (Variable, STRANGER, "/off"),
}

SERVER = STATUS + LOCATION + """
    location = /page { abm on; proxy_request_buffering on; proxy_pass http://127.0.0.1:UP; }
    location = /big { abm on; proxy_max_temp_file_size 0; proxy_pass http://127.0.0.1:UP; }
    location = /off { abm off; set $told "ALL"; add_header X-Told $told; proxy_pass http://127.0.0.1:UP/page; }
    location = /socket { abm on; set $told "ALL"; proxy_pass http://127.0.0.1:UP; proxy_http_version 1.1; proxy_read_timeout 300s;
        proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_set_header X-Told $told; }
"""


class Echo:
    """The other end of a websocket."""

    def run(self, connection):
        connection.settimeout(120)
        while data := connection.recv(4096):
            if b"bye!" in data:
                connection.sendall(b"goodbye")
                return


@pytest.fixture
def busy(serve, upstream, generations):
    upstream.on("/page", Reply(PAGE))
    upstream.on("/big", Reply(BIG))
    upstream.on("/socket", Reply(parts=[b"welcome", Echo()], status="101 Switching Protocols", content_type=None,
                                 headers={"Upgrade": "websocket", "Connection": "Upgrade"}))
    generations.flip(1)
    return serve(data=generations.data, abm=ABM.format(data=generations.data).replace("50ms", "10ms"), workers=1, plain_server="",
                 main="worker_rlimit_nofile 16384;", connections=8192, listen="sndbuf=8k",
                 server=SERVER.replace("ALL", ALL).replace("UP", str(upstream.port)))


def swap(nginx, generations, watch, turn):
    generations.flip(1 + turn % 3)
    deadline = time.monotonic() + 30
    while fetch(nginx.port, "/generation").body != str(1 + turn % 3).encode():
        watch.look()
        assert time.monotonic() < deadline, f"swap {turn}: not taken over: {nginx.errors()[-500:]}"
        time.sleep(0.01)
    watch.look()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_open_request_holds_no_snapshot_and_no_index(busy, generations, kind):
    """One per swap: this once made a worker grow without bound."""
    make, ip, path = KINDS[kind]
    watch = Watch(busy, generations)
    clients = []
    for turn in range(1, 7):
        clients.append(make(busy.port, ip, path))
        clients[-1].begin()
        busy.settle()
        swap(busy, generations, watch, turn)
        for client in clients:
            client.goes_on()
    wait_for(lambda: held(busy)["accounts"] == 1 == held(busy)["indexes"])
    if ip == STRANGER:
        assert held(busy)["rules"] == 1, "an unknown visitor's request holds rules"
    watch.check(kind)
    assert all(client.end() for client in clients), f"{kind}: an answer is wrong"
    for client in clients:
        client.close()
    wait_for(lambda: held(busy)["rules"] == 1)


def test_a_thousand_open_requests_over_fifty_swaps_hold_two_of_each_at_most(busy, generations):
    watch = Watch(busy, generations)
    assert watch.sizes[ACCOUNTS] > 4_000_000, "the snapshot is too small to be missed"
    clients = []
    kinds = list(KINDS.values())
    for turn in range(1, SWAPS + 1):
        for make, ip, path in kinds * (EACH // SWAPS):
            clients.append(make(busy.port, ip, path))
            clients[-1].begin()
        swap(busy, generations, watch, turn)
        for client in clients[::7]:
            client.goes_on()
    assert len(clients) == EACH * len(kinds) == 1000
    watch.check("a thousand open requests")
    wait_for(lambda: held(busy)["accounts"] == 1 == held(busy)["indexes"])
    assert held(busy)["rules"] <= 1 + SWAPS
    wrong = [type(client).__name__ for client in clients if not client.end()]
    assert not wrong, f"wrong answers: {wrong[:10]}"
    for client in clients:
        client.close()
    wait_for(lambda: held(busy)["rules"] == 1)
    watch.look()
    watch.check("afterwards")


def test_what_is_held_is_what_the_kernel_sees(busy, generations):
    watch = Watch(busy, generations)
    for turn in (1, 2, 3):
        swap(busy, generations, watch, turn)
    wait_for(lambda: held(busy)["accounts"] == 1)
    told = {part["part"]: part for part in held(busy)["parts"]}
    assert {part["generation"] for part in told.values()} == {1} and {part["why"] for part in told.values()} == {"in use"}
    for part, name in (("accounts", ACCOUNTS), ("index", INDEX)):
        size = (generations.data / "gen-000001" / name).stat().st_size
        assert size <= mapped(watch.worker, name) <= size + 65536 and size <= told[part]["bytes"] <= 1.2 * size + 65536
    assert json.loads(fetch(busy.port, "/status").body)["held"]["parts"]


def test_held_is_empty_where_there_is_no_generation(serve, tmp_path):
    nginx = serve(data=tmp_path / "nowhere", server=STATUS)
    assert nginx.status()["held"] == {"accounts": 0, "indexes": 0, "rules": 0, "parts": []}

