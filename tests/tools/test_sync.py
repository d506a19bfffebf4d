"""abmctl sync: the account feed over HTTP, what is accepted, and which feeds may not replace the local one."""

import ctypes
import re
import subprocess
import time

import pytest

from feeds import DAY, FEED, accepted, feed, hostile, origin, point_at, refused
from minisign import Key
from servers import Origin, body, redirect


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
    assert "unchanged: feed version 100 of tenant 'acme-web', 4 accounts, accepted at 20" in site.text("sync")
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
    """A site that requires a signature, and a valid one."""
    origin.key = Key(tmp_path, "core")
    origin.put(origin.key.sign(feed()).encode(), "accounts.ndjson.minisig")
    point_at(site, origin.url(FEED), verify_key=origin.key.public)
    return origin


def test_a_signed_feed_is_accepted_and_publish_verifies_it_again(site, signed):
    assert f"signed by {signed.key.id[::-1].hex().upper()}" in site.text("sync")
    site.run("publish")
    (site / "data/feed/accounts.ndjson").write_bytes(feed(version=200))
    assert "the signature does not match the content: changed or damaged" in site.errors("publish", status=1)
    site.run("sync")
    site.run("publish")


def test_a_bad_signature_is_refused(site, signed):
    signed.put(feed(version=101))
    message = refused(site)
    assert f"{signed.url(FEED)}: the signature does not match the content: changed or damaged (verify_key " in message
    assert "(no feed has been accepted yet)" in message


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
    assert "the signature is by another key than the trusted one (verify_key " in refused(site)


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


# Feeds that may not replace the local one


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
