"""abmctl ship with the real nats-server: every line once, whatever dies, and from there into the warehouse."""

import json
import os
import signal
import sqlite3
import ssl
import subprocess
import threading
import time

import pytest

import nats
import nkeys
from ed25519 import openssl
from ports import free_port

pytestmark = pytest.mark.skipif(nats.PROGRAM is None, reason="no nats-server here")


class Ship:
    """A folder with a log, and abmctl ship for it."""

    def __init__(self, folder):
        self.folder, self.log, self.count, self.followers = folder, folder / "abm-visits.jsonl", 0, []

    def write(self, count, **fields):
        with open(self.log, "a", encoding="utf-8") as log:
            for _ in range(count):
                log.write(nats.line(self.count, **fields))
                self.count += 1

    def expected(self):
        return [(f"{i:032x}", nats.line(i).rstrip("\n").encode()) for i in range(self.count)]

    def command(self, server, *arguments):
        return [nats.ABMCTL, "ship", "--server", server, *map(str, arguments), str(self.log)]

    def once(self, server, *arguments, status=0):
        done = subprocess.run(self.command(server, "--once", "--json", *arguments), capture_output=True, text=True,
                              check=False, timeout=120)
        assert done.returncode == status, done
        return json.loads(done.stdout) if done.stdout else None, done.stderr

    def follow(self, server, *arguments):
        self.followers.append(subprocess.Popen(self.command(server, "--follow", *arguments), stdout=subprocess.PIPE,
                                               stderr=subprocess.PIPE, text=True))
        return self.followers[-1]

    def settle(self, name):
        old = time.time() - 60
        os.utime(self.folder / name, (old, old))


@pytest.fixture
def ship(tmp_path):
    shipping = Ship(tmp_path)
    yield shipping
    for follower in shipping.followers:
        if follower.poll() is None:
            follower.kill()
            follower.wait()


@pytest.fixture
def server(tmp_path):
    one = nats.Server(tmp_path, free_port()).start()
    yield one
    one.kill()


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def stored(url):
    try:
        return nats.info(url, "abm-visits")["state"]["messages"]
    except OSError:
        return -1


def test_lines_arrive_as_they_are_under_their_request_ids(ship, server):
    ship.write(2300)
    summary, _ = ship.once(server.url)
    assert summary == {"stream": "abm-visits", "subject": "abm.visits", "shipped": 2300, "duplicates": 0, "damaged": 0,
                       "bytes_waiting": 0}
    assert nats.messages(server.url, "abm-visits") == ship.expected()
    ship.write(10)
    assert ship.once(server.url)[0]["shipped"] == 10
    assert ship.once(server.url)[0]["shipped"] == 0
    assert nats.messages(server.url, "abm-visits") == ship.expected()


def test_the_stream_knows_a_line_that_comes_again(ship, server):
    ship.write(50)
    ship.once(server.url)
    (ship.folder / "abm-visits.jsonl.ship").unlink()
    assert ship.once(server.url)[0] == {"stream": "abm-visits", "subject": "abm.visits", "shipped": 50, "duplicates": 50,
                                        "damaged": 0, "bytes_waiting": 0}
    assert nats.messages(server.url, "abm-visits") == ship.expected()


def test_a_stream_that_is_there_is_used_as_it_is(ship, server):
    client = nats.loader.Nats(server.url)
    client.request("$JS.API.STREAM.CREATE.mine", {"name": "mine", "subjects": ["web.>"], "storage": "memory",
                                                  "max_age": 3600 * 10**9})
    ship.write(5)
    ship.once(server.url, "--stream", "mine", "--subject", "web.visits.eu")
    assert nats.messages(server.url, "mine") == ship.expected()
    assert nats.info(server.url, "mine")["config"]["storage"] == "memory"


def test_a_subject_of_another_stream_is_refused(ship, server):
    client = nats.loader.Nats(server.url)
    for name in ("mine", "other"):
        client.request(f"$JS.API.STREAM.CREATE.{name}", {"name": name, "subjects": [f"{name}.>"]})
    ship.write(1)
    _, errors = ship.once(server.url, "--stream", "mine", "--subject", "other.visits", "--timeout", 1, status=2)
    assert "expected stream does not match" in errors
    assert nats.messages(server.url, "other") == []


def test_damaged_lines_are_told_and_left_out(ship, server):
    ship.write(1)
    with open(ship.log, "a", encoding="utf-8") as log:
        log.write("half a li\n")
    ship.write(1)
    summary, errors = ship.once(server.url, status=1)
    assert (summary["shipped"], summary["damaged"]) == (2, 1)
    start = len(nats.line(0))
    assert f"abm-visits.jsonl: byte {start}: this is not a visit line, it is left out" in errors
    assert nats.messages(server.url, "abm-visits") == ship.expected()


def test_without_a_server_it_gives_up_and_forgets_nothing(ship):
    ship.write(3)
    port = free_port()
    summary, errors = ship.once(f"nats://127.0.0.1:{port}", "--timeout", 1, status=2)
    assert summary["shipped"] == 0 and summary["bytes_waiting"] == ship.log.stat().st_size
    assert f"nats://127.0.0.1:{port}" in errors and "trying again" in errors


def test_two_cannot_ship_by_one_checkpoint(ship, server):
    follower = ship.follow(server.url)
    wait_for(lambda: (ship.folder / "abm-visits.jsonl.ship").exists())
    _, errors = ship.once(server.url, status=2)
    assert "another abmctl ship uses this checkpoint" in errors
    follower.send_signal(signal.SIGTERM)
    assert follower.wait(20) == 0


def test_following_survives_rotation_restart_and_the_server_going_away(ship, server):
    follower = ship.follow(server.url)
    ship.write(10)
    wait_for(lambda: stored(server.url) == 10)
    os.rename(ship.log, f"{ship.log}.1")
    with open(f"{ship.log}.1", "a", encoding="utf-8") as old:  # nginx keeps writing until it is signalled
        old.write(nats.line(ship.count))
        ship.count += 1
    ship.write(5)
    wait_for(lambda: stored(server.url) == 16)
    server.kill()
    ship.write(7)
    server.start()
    wait_for(lambda: stored(server.url) == 23)
    follower.send_signal(signal.SIGTERM)
    out, _ = follower.communicate(timeout=20)
    assert follower.returncode == 0 and "shipped 23 lines to stream 'abm-visits'" in out
    # While it is down, the log is copied and truncated, and grows again.
    ship.write(4)
    ship.folder.joinpath("abm-visits.jsonl.2").write_bytes(ship.log.read_bytes())
    os.truncate(ship.log, 0)
    ship.write(3)
    assert ship.once(server.url)[0]["shipped"] == 7
    assert sorted(nats.messages(server.url, "abm-visits")) == ship.expected()


def test_a_killed_shipper_repeats_at_most_what_the_stream_knows(ship, server):
    ship.write(20000)
    for _ in range(3):
        follower = ship.follow(server.url)
        before = stored(server.url)
        wait_for(lambda: stored(server.url) > max(before, 0) or stored(server.url) == 20000)
        follower.kill()
        follower.wait()
    ship.once(server.url)
    assert nats.messages(server.url, "abm-visits") == ship.expected()


def test_half_a_line_waits_for_its_other_half(ship, server):
    follower = ship.follow(server.url)
    whole = nats.line(0)
    with open(ship.log, "a", encoding="utf-8") as log:
        log.write(whole[:100])
    time.sleep(0.7)
    assert stored(server.url) <= 0
    with open(ship.log, "a", encoding="utf-8") as log:
        log.write(whole[100:])
    ship.count = 1
    wait_for(lambda: stored(server.url) == 1)
    assert nats.messages(server.url, "abm-visits") == ship.expected()
    follower.send_signal(signal.SIGTERM)
    follower.wait(20)


def test_a_cluster_that_loses_a_node_while_shipping_holds_every_line_once(ship, tmp_path):
    servers = nats.cluster(tmp_path)
    for one in servers:
        one.start()
    urls = ",".join(one.url for one in servers)
    try:
        follower = ship.follow(urls, "--replicas", 3)
        died = threading.Event()

        def visitors():
            until = None  # a node dies, and some lines later they leave
            while until is None or ship.count < until:
                ship.write(100)
                time.sleep(0.02)
                if until is None and died.is_set():
                    until = ship.count + 5000

        writer = threading.Thread(target=visitors)
        writer.start()
        wait_for(lambda: stored(servers[0].url) > 1000, 60)
        leader = nats.info(servers[0].url, "abm-visits")["cluster"]["leader"]
        victim = next(one for one in servers if one.config.stem == leader)
        victim.kill()
        died.set()
        alive = next(one for one in servers if one is not victim)
        writer.join()
        total = ship.count
        wait_for(lambda: stored(alive.url) >= total, 120)
        follower.send_signal(signal.SIGTERM)
        follower.communicate(timeout=30)
        held = nats.messages(alive.url, "abm-visits")
        assert len(held) == total and sorted(held) == ship.expected()
        assert nats.info(alive.url, "abm-visits")["config"]["num_replicas"] == 3
    finally:
        died.set()
        for one in servers:
            one.kill()


def test_passwords_and_tokens_come_from_files(ship, tmp_path):
    ship.write(2)
    secret = tmp_path / "secret"
    secret.write_text("s3cret word\n")
    for name, extra, arguments, url in (
            ("user", 'authorization { user: shipper, password: "s3cret word" }', ("--user", "shipper", "--password-file", secret),
             "nats://shipper:s3cret%20word@127.0.0.1:{}"),
            ("token", 'authorization { token: "s3cret word" }', ("--token-file", secret), "nats://s3cret%20word@127.0.0.1:{}")):
        one = nats.Server(tmp_path, free_port(), extra, name).start()
        try:
            _, errors = ship.once(one.url, "--state", tmp_path / f"{name}.state", "--timeout", 1, status=2)
            assert "uthoriz" in errors and "s3cret" not in errors
            assert ship.once(one.url, "--state", tmp_path / f"{name}.state", *arguments)[0]["shipped"] == 2
            assert nats.messages(url.format(one.port), "abm-visits") == ship.expected()
        finally:
            one.kill()
    _, errors = ship.once("nats://127.0.0.1:1", "--token-file", tmp_path / "nothing", "--timeout", 1, status=2)
    assert "nothing: no such file" in errors.lower()


def certificate(folder, name):
    """A self-signed certificate, and its key."""
    cert, key = folder / f"{name}.crt", folder / f"{name}.key"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
            "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1")
    return cert, key


def test_tls_needs_a_certificate_that_it_knows(ship, tmp_path, monkeypatch):
    cert, key = certificate(tmp_path, "localhost")
    one = nats.Server(tmp_path, free_port(), f'tls {{ cert_file: "{cert}", key_file: "{key}" }}', "tls").start()
    try:
        ship.write(2)
        url = f"tls://localhost:{one.port}"
        _, errors = ship.once(url, "--timeout", 1, status=2)
        assert url in errors
        assert ship.once(url, "--tls-ca", cert)[0]["shipped"] == 2
        trust = ssl.create_default_context(cafile=str(cert))
        monkeypatch.setattr(nats.loader.ssl, "create_default_context", lambda: trust)
        assert nats.messages(url, "abm-visits") == ship.expected()
    finally:
        one.kill()


def test_tls_with_a_certificate_of_our_own(ship, tmp_path):
    cert, key = certificate(tmp_path, "localhost")
    ours, our_key = certificate(tmp_path, "shipper")
    stranger, strangers_key = certificate(tmp_path, "stranger")
    one = nats.Server(tmp_path, free_port(),
                      f'tls {{ cert_file: "{cert}", key_file: "{key}", ca_file: "{ours}", verify: true }}', "tls").start()
    try:
        ship.write(2)
        url = f"tls://localhost:{one.port}"
        for refused in ((), ("--tls-cert", stranger, "--tls-key", strangers_key)):
            _, errors = ship.once(url, "--tls-ca", cert, *refused, "--timeout", 1, status=2)
            assert url in errors
        _, errors = ship.once(url, "--tls-ca", cert, "--tls-cert", ours, "--tls-key", strangers_key, "--timeout", 1, status=2)
        assert str(ours) in errors
        assert ship.once(url, "--tls-ca", cert, "--tls-cert", ours, "--tls-key", our_key)[0]["shipped"] == 2
        _, errors = ship.once(url, "--tls-cert", ours, status=2)
        assert "--tls-cert requires --tls-key" in errors
    finally:
        one.kill()


def test_a_credentials_file_says_who_ships(ship, tmp_path):
    trust = nkeys.Trust(tmp_path)
    one = nats.Server(tmp_path, free_port(), trust.config, "jwt").start()
    try:
        ship.write(2)
        creds = trust.credentials("shipper")
        stolen = trust.credentials("stolen", seed_of=nkeys.NKey(tmp_path, "thief", nkeys.USER))
        for refused in ((), ("--creds", stolen)):
            _, errors = ship.once(one.url, *refused, "--timeout", 1, status=2)
            assert "uthoriz" in errors and not any(seed in errors for seed in stolen.read_text().split("\n") if seed)
        _, errors = ship.once(one.url, "--creds", tmp_path / "nothing", "--timeout", 1, status=2)
        assert f"{tmp_path}/nothing" in errors
        assert ship.once(one.url, "--creds", creds)[0]["shipped"] == 2
        again = ship.once(one.url, "--creds", creds, "--state", tmp_path / "another")[0]
        assert (again["shipped"], again["duplicates"]) == (2, 2)  # the stream has them
    finally:
        one.kill()


def test_the_stream_can_be_read_into_a_warehouse_table_once(ship, server, tmp_path):
    ship.write(1200)
    ship.write(1, arm="control", page="original", skip="control", bot=True,
               rules=[{"id": "deere-home", "variant": None, "slots": {"hero-cta": "skipped:control"}}])
    ship.once(server.url)
    load = ["/usr/bin/python3", str(nats.ROOT / "conf/warehouse/load.py"), "--server", server.url, "--db", str(tmp_path / "w.db")]
    assert subprocess.run(load, capture_output=True, text=True, check=True).stdout == "1201 new rows\n"
    assert subprocess.run(load, capture_output=True, text=True, check=True).stdout == "0 new rows\n"
    again = [*load, "--consumer", "second"]  # reads all of it again, into the same table
    assert subprocess.run(again, capture_output=True, text=True, check=True).stdout == "0 new rows\n"
    database = sqlite3.connect(tmp_path / "w.db")
    assert database.execute("select count(*), count(distinct request_id), sum(arm = 'control') from visits").fetchone() == (
        1201, 1201, 1)
    assert database.execute("select count(*), min(slot), min(rule) from exposures").fetchone() == (1200, "hero-cta", "deere-home")
    assert database.execute("select count(*), min(next_step), min(owner) from signals").fetchone() == (
        1200, "Call", "owner@example.com")


def seen(number, account="deere", slots=("hero-cta",), path="/"):
    told = {"v": 2, "kind": "seen", "ts": "2026-11-22T04:20:05.000Z", "request_id": f"{number:032x}", "host": "www.example.com",
            "path": path, "account": account, "tier": "one-to-one", "visitor": "5c" * 16, "arm": "treated", "generation": 43,
            "slots": list(slots), "bot": False}
    return json.dumps(told, separators=(",", ":")) + "\n"


def test_what_was_seen_is_shipped_beside_its_visit_and_joined_in_the_warehouse(ship, server, tmp_path):
    ship.write(3)
    ship.write(1, rules=[{"id": "deere-home", "variant": None, "slots": {"hero-cta": "applied:at-risk"}}], framework="react")
    told = [seen(0), seen(0, slots=["case-study", "hero-cta"]), seen(1, account="ford"), seen(2, path="/other"), seen(3), seen(99)]
    with open(ship.log, "a", encoding="utf-8") as log:
        log.write("".join(told) + told[0])  # one of them twice
    assert ship.once(server.url)[0]["shipped"] == 11
    stored = nats.messages(server.url, "abm-visits")
    assert len(stored) == 10 and [data.decode() + "\n" for _, data in stored[4:]] == told
    assert len({name for name, _ in stored}) == 10 and stored[4][0].startswith(f"{0:032x}:seen:")
    load = ["/usr/bin/python3", str(nats.ROOT / "conf/warehouse/load.py"), "--server", server.url, "--db", str(tmp_path / "w.db")]
    assert subprocess.run(load, capture_output=True, text=True, check=True).stdout == "10 new rows\n", "four visits, six pages and slots"
    database = sqlite3.connect(tmp_path / "w.db")
    assert database.execute("select count(*) from visits").fetchone() == (4,)
    assert database.execute("select count(*) from seen").fetchone() == (6,)
    assert database.execute("select substr(request_id, -1), at_risk, seen from exposures order by 1").fetchall() == [
        ("0", 0, 1), ("1", 0, 0), ("2", 0, 0), ("3", 1, 0)]
