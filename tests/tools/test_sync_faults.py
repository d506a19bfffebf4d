"""abmctl sync with misbehaving servers and a full disk; and what it remembers of that."""

import os
import re
import signal
import subprocess
import time
import zlib

import pytest

from feeds import FEED, accepted, feed, hostile, point_at, refused, temporary_files
from ports import free_port
from servers import body, cut, endless, redirect, send_head


# Servers that fail


def test_a_server_that_is_not_there(accepted):
    url = f"http://127.0.0.1:{free_port()}{FEED}"
    point_at(accepted, url)
    message = refused(accepted)
    assert f"{url}: failed to connect to 127.0.0.1" in message and "(feed version 100, " in message


def test_a_name_that_cannot_be_resolved(accepted):
    point_at(accepted, "http://core.invalid/a")
    assert "http://core.invalid/a: the host's name cannot be resolved" in refused(accepted)


@pytest.mark.parametrize("status, words", [(500, "500 (internal server error)"), (503, "503 (service unavailable)"),
                                           (404, "404 (not found)"), (403, "403 (forbidden)"), (204, "204")])
def test_a_server_that_answers_something_else(accepted, hostile, status, words):
    hostile.answers[FEED] = body(b"", status=status)
    assert f"{hostile.url(FEED)}: the server answers {words}" in refused(accepted)


def test_a_304_that_nobody_asked_for(site, hostile):
    hostile.answers[FEED] = body(b"", status=304)
    point_at(site, hostile.url(FEED))
    assert "the server answers 304" in refused(site)


def test_a_server_that_says_nothing(accepted, hostile):
    hostile.answers[FEED] = hostile.stall
    assert "the server accepted the request and sent nothing for 1 s" in refused(accepted, "--timeout", "1")


def test_a_server_that_stalls_in_the_middle(accepted, hostile):
    hostile.answers[FEED] = hostile.stall_after(feed(version=101))
    assert re.search(r"the server stalled: hardly a byte for 1 s, after \d+ bytes", refused(accepted, "--timeout", "1"))


def test_a_connection_that_breaks(accepted, hostile):
    hostile.answers[FEED] = cut(feed(version=101), 150)
    assert f"{hostile.url(FEED)}: the connection broke (" in refused(accepted)


@pytest.mark.parametrize("where, words", [
    ("http://localhost:{port}/abm/accounts.ndjson", "it redirects to another host, 'localhost'"),
    ("http://127.0.0.1:9/abm/accounts.ndjson", "it redirects to another port, 9"),
    ("file:///etc/passwd", "it redirects to 'file:///etc/passwd', which is not an http address"),
    ("/abm/accounts.ndjson", "more than 5 redirects"),
])
def test_a_redirect_elsewhere_is_refused(accepted, hostile, where, words):
    hostile.answers[FEED] = redirect(where.format(port=hostile.server.server_port))
    hostile.requests.clear()
    assert words in refused(accepted)
    assert len(hostile.requests) == (6 if where.startswith("/") else 1)


def test_an_endless_body(accepted, hostile):
    hostile.answers[FEED] = endless(feed(version=101), b'{"id":"x","name":"x"}\n' * 1000)
    assert "larger than the limit of 1048576 bytes" in refused(accepted)


def test_an_endless_line(site, hostile):
    hostile.answers[FEED] = endless(b"", b"x" * 65536)
    point_at(site, hostile.url(FEED), max_size="1G")
    assert "line 1 is longer than the limit of 4194304 bytes" in refused(site)


def test_endless_headers(accepted, hostile):
    def answer(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            handler.wfile.write(b"X: " + b"y" * 1000 + b"\r\n")
    hostile.answers[FEED] = answer
    assert f"{hostile.url(FEED)}: more than 65536 bytes of headers" in refused(accepted)


def bomb(gigabytes):
    """`gigabytes` of blank lines after a good header, gzip encoded, in pieces of a thousandth each."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield packer.compress(feed(version=101)) + packer.flush(zlib.Z_FULL_FLUSH)
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = raw.compress(b" " * (2**20 - 1) + b"\n") + raw.flush(zlib.Z_FULL_FLUSH)
    for _ in range(gigabytes * 1024):
        yield megabyte


def test_a_gzip_bomb_of_ten_gigabytes(site, hostile):
    sent = []

    def answer(handler):
        send_head(handler, 200, {"Content-Encoding": "gzip"})
        for piece in bomb(10):
            handler.wfile.write(piece)
            sent.append(len(piece))
        sent.append(None)

    hostile.answers[FEED] = answer
    point_at(site, hostile.url(FEED), max_size="4G")
    assert "more than 200 to 1, which no honest feed reaches" in refused(site)
    assert None not in sent, "the bomb was swallowed whole"


def test_a_bomb_that_never_gives_a_byte(accepted, hostile):
    empty = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = empty.compress(b"") + empty.flush(zlib.Z_FULL_FLUSH)
    hostile.answers[FEED] = endless(start, b"\x00\x00\x00\xff\xff" * 10_000, encoding="gzip")
    assert "larger than the limit of 1048576 bytes" in refused(accepted)


def test_broken_compression(accepted, hostile):
    hostile.answers[FEED] = body(b"this is not gzip", Content_Encoding="gzip")
    assert "compression" in refused(accepted) or "the connection broke" in refused(accepted)


# This machine


def test_a_disk_that_is_full_in_the_middle(accepted, hostile):
    hostile.answers[FEED] = body(feed(version=101, count=5000))
    message = refused(accepted, status=2, largest_file=20_000)
    assert "file too large" in message and "(feed version 100, " in message


def test_a_full_disk(site, hostile, small_disk):
    small_disk(site / "data", 65536)
    hostile.answers[FEED] = body(feed(), ETag='"v100"')
    point_at(site, hostile.url(FEED))
    site.run("sync")
    site.run("publish")
    hostile.answers[FEED] = body(feed(version=101, count=5000))
    message = refused(site, status=2)
    assert "no space left on device" in message and "(feed version 100, " in message
    assert site.json("status")["generation"] == 1
    hostile.answers[FEED] = body(feed(version=102, count=5))
    site.run("sync")
    assert site.json("publish")["generation"] == 2


def test_a_killed_sync_leaves_nothing_that_the_next_one_does_not_clear_up(accepted, hostile):
    hostile.answers[FEED] = hostile.stall_after(feed(version=101))
    point_at(accepted, hostile.url(FEED), timeout="1h")
    process = accepted.start("sync", stderr=subprocess.PIPE)
    deadline = time.monotonic() + 20
    while not list((accepted / "data/feed").glob(".tmp-*")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    # While it is running, a second one says so.
    assert re.search(r"data/state/.lock: another sync is at work \(process \d+ since 20", accepted.errors("sync", status=2))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    hostile.answers[FEED] = body(feed(version=101))
    accepted.run("sync")
    assert temporary_files(accepted) == []


def test_a_data_folder_that_others_may_write_is_refused(accepted):
    os.chmod(accepted / "data", 0o777)
    assert "run chmod go-w on it" in accepted.errors("sync", status=2)


def test_a_key_that_cannot_be_read(accepted, hostile):
    point_at(accepted, hostile.url(FEED), verify_key="none.pub")
    assert "none.pub: no such file or directory" in refused(accepted, status=2)


# What is remembered


def test_status_tells_how_syncing_goes(accepted, hostile):
    status = accepted.json("status")["sync"]
    assert status["from"] == hostile.url(FEED) and status["version"] == 100 and status["accounts"] == 4
    assert status["failures"] == 0 and status["fault"] is None
    hostile.answers[FEED] = body(b"", status=500)
    for _ in range(2):
        accepted.run("sync", status=1)
    status = accepted.json("status")["sync"]
    assert status["failures"] == 2 and status["fault"].endswith("the server answers 500 (internal server error)")
    text = accepted.text("status")
    assert "2 attempts failed since 20" in text and "the server answers 500 (internal server error)" in text
    hostile.answers[FEED] = body(feed(version=101))
    accepted.run("sync")
    assert accepted.json("status")["sync"]["failures"] == 0


def test_a_password_is_never_shown(site, hostile):
    hostile.answers[FEED] = body(b"", status=500)
    point_at(site, hostile.url(FEED).replace("http://", "http://user:secret@"))
    message = refused(site)
    assert hostile.url(FEED) in message and "secret" not in message
    assert hostile.requests[0][1]["Authorization"].startswith("Basic ")
    assert "secret" not in (site / "data/state/feed.json").read_text() + site.text("status", status=1)


def test_a_broken_state_costs_one_unconditional_request(accepted, hostile):
    (accepted / "data/state/feed.json").write_text("{")
    hostile.requests.clear()
    done = accepted.run("sync")
    assert b"not a state of the format feed-state/1 (a new one is written)" in done.stderr
    assert "If-None-Match" not in hostile.requests[0][1]
    assert accepted.json("status")["sync"]["version"] == 100
