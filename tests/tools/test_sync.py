"""abmctl sync: the account feed over HTTP, from nginx as it should be and from a server that does its worst."""

import ctypes
import json
import os
import re
import signal
import subprocess
import time
import zlib

import pytest

from minisign import Key
from servers import Hostile, Origin, body, cut, endless, free_port, redirect, send_head

FEED = "/abm/accounts.ndjson"
DAY = 86400


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def feed(version=100, count=4, tenant="acme-web", expires=None):
    header = {"abm": "accounts/1", "tenant": tenant, "version": version, "generated_at": "2026-11-22T03:33:20Z"}
    if expires is not None:
        header["expires_at"] = stamp(expires)
    names = ["deere", "ford", "rival", "smallco"] + [f"account-{i}" for i in range(4, count)]
    lines = [header] + [{"id": name, "name": name.title()} for name in names[:count]]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def point_at(site, url, **more):
    """site.yaml gets its feed from `url`."""
    keys = "".join(f", {key}: {value}" for key, value in more.items())
    (site / "site.yaml").write_text(
        f"abm: site/1\ndata: data\naccounts: {{ from: '{url}', max_shrink: 50%{keys} }}\n"
        "networks:\n  - { csv: networks.csv }\n  - { exclude: exclude.csv }\nrules: [rules/*.yaml]\nkeep: 3\n")


def temporary_files(site):
    return [path for path in (site / "data").rglob("*") if "tmp" in path.name or path.name.startswith(".incoming")]


def refused(site, *arguments, status=1, **options):
    """What the operator reads; and that nothing but the state changed."""
    copy = site / "data/feed/accounts.ndjson"
    before = copy.read_bytes() if copy.exists() else None
    message = site.errors("sync", *arguments, status=status, **options)
    assert (copy.read_bytes() if copy.exists() else None) == before
    assert temporary_files(site) == []
    return message


@pytest.fixture
def origin(tmp_path):
    with Origin(tmp_path / "nginx", tmp_path / "origin") as running:
        (running.root / "abm").mkdir()
        running.put = lambda content, name="accounts.ndjson": (running.root / "abm" / name).write_bytes(content)
        running.put(feed())
        yield running


@pytest.fixture
def hostile():
    with Hostile({}) as running:
        yield running


@pytest.fixture
def accepted(site, hostile):
    """A site that has accepted version 100 from the hostile server, which was honest then."""
    hostile.answers[FEED] = body(feed(), ETag='"v100"')
    point_at(site, hostile.url(FEED), max_size="1M")
    site.run("sync")
    site.run("publish")
    return site


# What works


def test_a_first_sync_fetches_the_feed_compressed_and_publish_uses_it(site, origin):
    point_at(site, origin.url(FEED))
    assert f"the feed {origin.url(FEED)} was never fetched: run abmctl sync" in site.errors("publish", status=1)
    assert "accepted feed version 100 of tenant 'acme-web', 4 accounts: " in site.text("sync")
    assert '"gzip"' in origin.requests()[-1]
    assert (site / "data/feed/accounts.ndjson").read_bytes() == feed()
    assert site.json("publish")["generation"] == 1
    assert site.json("status")["feed_version"] == 100


def test_an_unchanged_feed_is_a_304_and_the_etag_outlives_the_process(site, origin):
    point_at(site, origin.url(FEED))
    site.run("sync")
    result = site.json("sync")
    assert result["result"] == "unchanged" and result["feed_version"] == 100 and result["accounts"] == 4
    assert re.search(r'GET /abm/accounts.ndjson 304 "W/', origin.requests()[-1])


def test_a_changed_feed_is_fetched(site, origin):
    point_at(site, origin.url(FEED))
    site.run("sync")
    origin.put(feed(version=101, count=5))
    result = site.json("sync")
    assert result["result"] == "accepted" and result["feed_version"] == 101 and result["accounts"] == 5
    assert (site / "data/feed/accounts.ndjson").read_bytes() == feed(version=101, count=5)
    assert site.json("status", status=1)["sync"]["version"] == 101


def test_a_copy_that_was_touched_is_fetched_again_whole(site, origin):
    point_at(site, origin.url(FEED))
    site.run("sync")
    (site / "data/feed/accounts.ndjson").write_bytes(b"nonsense\n")
    assert site.json("sync")["result"] == "accepted"
    assert '200 "-"' in origin.requests()[-1]
    assert (site / "data/feed/accounts.ndjson").read_bytes() == feed()


def test_zstd_is_asked_for_and_understood(site, hostile):
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(65536)
    size = library.ZSTD_compress(out, ctypes.c_size_t(65536), feed(), ctypes.c_size_t(len(feed())), 3)
    hostile.answers[FEED] = body(out.raw[:size], Content_Encoding="zstd")
    point_at(site, hostile.url(FEED))
    site.run("sync")
    assert hostile.requests[0][1]["Accept-Encoding"] == "zstd, gzip"
    assert (site / "data/feed/accounts.ndjson").read_bytes() == feed()


def test_without_an_etag_equal_content_is_unchanged_all_the_same(site, hostile):
    hostile.answers[FEED] = body(feed())
    point_at(site, hostile.url(FEED))
    assert site.json("sync")["result"] == "accepted"
    assert site.json("sync")["result"] == "unchanged"


def test_a_redirect_on_the_same_host_is_followed(site, hostile):
    hostile.answers["/old"] = redirect(FEED, status=301)
    hostile.answers[FEED] = body(feed())
    point_at(site, hostile.url("/old"))
    site.run("sync")
    assert [path for path, _ in hostile.requests] == ["/old", FEED]


def test_a_feed_that_is_a_file_is_checked_where_it_is(site):
    assert "accounts.ndjson, which publishing reads where it is" in site.text("sync")
    assert site.json("sync")["result"] == "unchanged"
    site.replace("accounts.ndjson", '"version":100', '"version":99')
    assert "feed version 99 is older than 100, which the last accepted feed has" in site.errors("sync", status=1)
    assert not (site / "data/feed").exists()


def test_a_private_authority_is_trusted_when_named(site, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", "/CN=core", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
                    "-keyout", tmp_path / "tls.key", "-out", tmp_path / "tls.crt"], check=True, capture_output=True)
    with Origin(tmp_path / "nginx", tmp_path / "origin", tls=tmp_path / "tls") as origin:
        (origin.root / "accounts.ndjson").write_bytes(feed())
        point_at(site, origin.url("/accounts.ndjson"))
        message = refused(site)
        assert "its certificate is not trusted" in message and "a private authority's goes into `ca:`" in message
        point_at(site, origin.url("/accounts.ndjson"), ca=tmp_path / "tls.crt")
        site.run("sync")


def test_a_proxy_is_asked_when_named(site, hostile):
    hostile.answers["http://core.invalid/accounts.ndjson"] = body(feed())
    point_at(site, "http://core.invalid/accounts.ndjson", proxy=hostile.url())
    site.run("sync")
    assert hostile.requests[0][0] == "http://core.invalid/accounts.ndjson"


# Signatures


@pytest.fixture
def signed(site, origin, tmp_path):
    """A site that asks for a signature, and one that is right."""
    origin.key = Key(tmp_path, "core")
    origin.put(origin.key.sign(feed()).encode(), "accounts.ndjson.minisig")
    point_at(site, origin.url(FEED), verify_key=origin.key.public)
    return origin


def test_a_signed_feed_is_accepted_and_publish_verifies_it_again(site, signed):
    assert f"signed by {signed.key.id[::-1].hex().upper()}" in site.text("sync")
    site.run("publish")
    (site / "data/feed/accounts.ndjson").write_bytes(feed(version=200))
    assert "the signature does not fit the content: changed or damaged" in site.errors("publish", status=1)
    site.run("sync")
    site.run("publish")


def test_a_bad_signature_is_refused(site, signed):
    signed.put(feed(version=101))
    message = refused(site)
    assert f"{signed.url(FEED)}: the signature does not fit the content: changed or damaged (verify_key " in message
    assert "(no feed was accepted yet)" in message


def test_a_feed_replaced_between_its_two_requests_is_fetched_again(site, hostile, tmp_path):
    key = Key(tmp_path, "core")

    def signature(handler):
        hostile.answers[FEED] = body(feed(version=101), ETag='"v101"')
        body(key.sign(feed(version=101)).encode())(handler)

    hostile.answers = {FEED: body(feed(), ETag='"v100"'), FEED + ".minisig": signature}
    point_at(site, hostile.url(FEED), verify_key=key.public)
    assert site.json("sync")["feed_version"] == 101
    assert hostile.requests[2][1]["If-None-Match"] == '"v100"'


def test_a_signature_by_another_key_is_refused(site, signed, tmp_path):
    signed.put(Key(tmp_path, "other").sign(feed()).encode(), "accounts.ndjson.minisig")
    assert "the signature is by another key than the one that is trusted (verify_key " in refused(site)


def test_an_unsigned_feed_is_refused(site, signed):
    (signed.root / "abm/accounts.ndjson.minisig").unlink()
    assert (f"{signed.url(FEED)}.minisig: the server answers 404 (not found): the feed is not signed, and "
            "`accounts: verify_key:` asks for a signature") in refused(site)


def test_a_key_that_is_named_later_lets_no_unsigned_feed_pass(site, signed):
    point_at(site, signed.url(FEED))
    site.run("sync")
    point_at(site, signed.url(FEED), verify_key=signed.key.public)
    assert "accounts.ndjson.minisig: no such file or directory" in site.errors("publish", status=1)
    assert site.json("sync")["result"] == "accepted"
    site.run("publish")


def test_the_signature_of_an_address_with_a_query_stands_before_the_query(site, hostile, tmp_path):
    key = Key(tmp_path, "core")
    hostile.answers = {FEED: body(feed()), FEED + ".minisig": body(key.sign(feed()).encode())}
    point_at(site, hostile.url(FEED + "?token=1"), verify_key=key.public)
    site.run("sync")
    assert [path for path, _ in hostile.requests] == [FEED + "?token=1", FEED + ".minisig?token=1"]


def test_a_file_needs_its_signature_too(site, tmp_path):
    key = Key(tmp_path, "core")
    site.replace("site.yaml", "from: accounts.ndjson", f"from: accounts.ndjson, verify_key: {key.public}")
    assert "accounts.ndjson.minisig: no such file or directory" in site.errors("sync", status=1)
    assert "accounts.ndjson.minisig: no such file or directory" in site.errors("publish", status=1)
    (site / "accounts.ndjson.minisig").write_text(key.sign((site / "accounts.ndjson").read_bytes()))
    site.run("sync")
    site.run("publish")


# Feeds that may not take the place of what is here


def test_an_older_feed_is_refused_also_after_a_restart_and_without_its_state(accepted, hostile):
    hostile.answers[FEED] = body(feed(version=99))
    message = refused(accepted)
    assert f"{hostile.url(FEED)}: feed version 99 is older than 100, which the last accepted feed has" in message
    assert re.search(r"\(feed version 100, accepted at 20..-..-..T..:..:..Z, stays\)", message)
    (accepted / "data/state/feed.json").unlink()
    assert "feed version 99 is older than 100, which generation 1 has" in refused(accepted)
    assert accepted.json("sync", "--allow-older")["feed_version"] == 99


def test_another_tenants_feed_is_refused(accepted, hostile):
    hostile.answers[FEED] = body(feed(version=101, tenant="other"))
    assert "feed of tenant 'other', but this data folder is 'acme-web''s" in refused(accepted)
    accepted.run("sync", "--allow-other-tenant")


def test_an_expired_feed_is_refused(accepted, hostile):
    hostile.answers[FEED] = body(feed(version=101, expires=time.time() - 5))
    assert "the feed expired at 20" in refused(accepted)


def test_a_feed_that_expires_while_the_server_has_no_newer_one_is_told(site, hostile):
    hostile.answers[FEED] = body(feed(expires=time.time() + DAY), ETag='"v100"')
    point_at(site, hostile.url(FEED))
    site.run("sync")
    hostile.answers[FEED] = body(b"", status=304)
    assert site.json("sync")["result"] == "unchanged"
    # A day later, as far as abmctl can tell.
    state = site / "data/state/feed.json"
    state.write_text(re.sub('"expires_at":"[^"]*"', '"expires_at":"2026-01-01T00:00:00Z"', state.read_text()))
    assert "the feed expired at 2026-01-01T00:00:00Z, and there is no newer one" in refused(site)


def test_a_shrunken_feed_is_refused(accepted, hostile):
    hostile.answers[FEED] = body(feed(version=101, count=1))
    assert "feed has 1 accounts, 3 fewer than the 4 of the last accepted feed: more than max_shrink 50%" in refused(accepted)


@pytest.mark.parametrize("line, place, words", [
    (b'{"id":"deere","name":"twice"}', ":6:", "deere"),
    (b'{"id":"x","name":' + b"[" * 1_000_00 + b"}", ":6:", ""),
    (b'{"id":"x","name":"\\ud800"}', ":6:", ""),
    (b'{"id":"x","name":"a","name":"b"}', ":6:", "name"),
    (b'{"id":"x"}', ":6:", "name"),
    (b"<html>Service temporarily unavailable</html>", ":6:1: ", ""),
])
def test_a_bad_line_refuses_the_feed_with_its_place(accepted, hostile, line, place, words):
    hostile.answers[FEED] = body(feed(version=101) + line + b"\n")
    message = refused(accepted)
    assert hostile.url(FEED) + place in message and words in message


def test_a_login_page_is_no_feed(accepted, hostile):
    hostile.answers[FEED] = body(b"<!doctype html>\n<title>Sign in</title>\n" * 100)
    assert hostile.url(FEED) + ":1:1: " in refused(accepted)


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
    ("file:///etc/passwd", "it redirects to 'file:///etc/passwd', which is no http address"),
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
    """`gigabytes` of blank lines behind a good header, gzip encoded, in pieces of a thousandth of it."""
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
    assert "more than 200 to 1, as no honest feed compresses" in refused(site)
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


def test_a_small_disk(accepted, hostile):
    data = accepted / "small"
    data.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "none", data], check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    try:
        accepted.replace("site.yaml", "data: data", "data: small")
        hostile.answers[FEED] = body(feed(version=101, count=5000))
        assert "no space left on device" in accepted.errors("sync", status=2)
        assert [path.name for path in data.rglob("*tmp*")] == []
        hostile.answers[FEED] = body(feed(version=102))
        accepted.run("sync")
    finally:
        subprocess.run(["umount", data], check=True)


def test_a_killed_sync_leaves_nothing_that_the_next_one_does_not_clear_up(accepted, hostile):
    hostile.answers[FEED] = hostile.stall_after(feed(version=101))
    point_at(accepted, hostile.url(FEED), timeout="1h")
    process = accepted.start("sync", stderr=subprocess.PIPE)
    deadline = time.monotonic() + 20
    while not list((accepted / "data/feed").glob(".tmp-*")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    # While it is at work, a second one says so.
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
    assert b"not a state of the format feed-state/1 (it is made anew)" in done.stderr
    assert "If-None-Match" not in hostile.requests[0][1]
    assert accepted.json("status")["sync"]["version"] == 100
