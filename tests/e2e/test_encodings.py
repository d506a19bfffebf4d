"""Encoded bodies and charsets: what is decoded and personalized, what stays original, what is damaged."""

import pytest

from harness.client import Connection, fetch
from harness.nginx import STATUS
from harness.places import DECODES
from harness.process import resident
from harness.site import ALPHA, ALPHA_PAGE, PAGE, STRANGER, Site
from harness.upstream import Reply, Wait, brotli_bytes, deflate_bytes, gzip_bytes, raw_deflate_bytes, zstd_bytes


def test_upstream_is_asked_for_an_unencoded_body_and_the_client_still_gets_gzip(serve, upstream):
    nginx = serve(http="gzip on; gzip_min_length 1; gzip_proxied any;")
    answer = fetch(nginx.port, ip=ALPHA, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert upstream.seen("/")[-1].headers["accept-encoding"] == "identity"
    assert answer.get("Content-Encoding") == "gzip" and answer.text() == ALPHA_PAGE.decode()
    fetch(nginx.port, ip=STRANGER, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert upstream.seen("/")[-1].headers["accept-encoding"] == "gzip, deflate, br"


@pytest.mark.parametrize("encode,label", [(gzip_bytes, "gzip"), (gzip_bytes, "x-gzip"), (deflate_bytes, "deflate"),
                                          (raw_deflate_bytes, "deflate")])
@pytest.mark.parametrize("client", [None, "gzip"])
@pytest.mark.parametrize("more", ["", "gzip on; gzip_min_length 1; gzip_proxied any;", "gunzip on;"])
def test_encoded_upstream_is_decoded_first(serve, upstream, encode, label, client, more):
    nginx = serve(http=more)
    upstream.on("/", Reply(encode(PAGE), headers={"Content-Encoding": label, "ETag": '"v1"'}))
    answer = fetch(nginx.port, ip=ALPHA, headers={"Accept-Encoding": client} if client else {})
    assert answer.text() == ALPHA_PAGE.decode()
    assert answer.get("Content-Encoding") == ("gzip" if client and "gzip on" in more else None)
    assert answer.complete and nginx.visits(1)[0]["page"] == "personalized"


def test_encoded_upstream_split_at_every_offset(serve, upstream):
    nginx = serve(http="proxy_buffering off;")
    body = gzip_bytes(PAGE)
    for offset in range(1, len(body), 3):
        upstream.on("/", Reply(parts=[body[:offset], body[offset:]], headers={"Content-Encoding": "gzip"}))
        assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE, f"split at {offset}"


@pytest.mark.parametrize("damage", [lambda b: b[:len(b) // 2], lambda b: b[:60] + b"\xff" * 60 + b[120:], lambda b: b"<html>" + b])
def test_damaged_encoding_stays_visible(serve, upstream, damage):
    nginx = serve()
    upstream.on("/", Reply(damage(gzip_bytes(PAGE)), headers={"Content-Encoding": "gzip"}))
    assert not fetch(nginx.port, ip=ALPHA).complete
    assert "damaged, cut off or out of bounds" in nginx.errors()


ENCODERS = {"gzip": gzip_bytes, "br": brotli_bytes, "zstd": zstd_bytes}


@pytest.fixture(params=ENCODERS)
def coding(request):
    if request.param != "gzip" and request.param not in DECODES:
        pytest.skip(f"the module was built without {request.param}")
    return request.param


@pytest.mark.parametrize("client", [None, "gzip"])
@pytest.mark.parametrize("more", ["", "gzip on; gzip_min_length 1; gzip_proxied any;"])
def test_every_coding_is_decoded_as_gzip_is(serve, upstream, coding, client, more):
    nginx = serve(http=more, server=STATUS)
    upstream.on("/", Reply(ENCODERS[coding](PAGE), headers={"Content-Encoding": coding.upper(), "ETag": '"v1"', "Vary": "Accept-Encoding"}))
    headers = {"Accept-Encoding": client} if client else {}
    answer = fetch(nginx.port, ip=ALPHA, headers=headers)
    assert answer.text() == ALPHA_PAGE.decode() and answer.complete
    upstream.on("/", Reply(gzip_bytes(PAGE), headers={"Content-Encoding": "gzip", "ETag": '"v1"', "Vary": "Accept-Encoding"}))
    assert answer.same_as(fetch(nginx.port, ip=ALPHA, headers=headers))
    assert nginx.visits(2)[0]["page"] == "personalized" and nginx.status()["decoded"] == 2
    upstream.on("/", Reply(ENCODERS[coding](PAGE), headers={"Content-Encoding": coding}))
    assert fetch(nginx.port, ip=STRANGER).same_as(fetch(nginx.plain_port, ip=STRANGER))


def test_every_coding_split_at_every_offset_and_cut_off_at_every_offset(serve, upstream, coding):
    nginx = serve(http="proxy_buffering off;")
    body = ENCODERS[coding](PAGE)
    for offset in range(1, len(body), 7):
        upstream.on("/", Reply(parts=[body[:offset], body[offset:]], headers={"Content-Encoding": coding}))
        assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE, f"split at {offset}"
        upstream.on("/", Reply(body[:offset], headers={"Content-Encoding": coding}))
        assert not fetch(nginx.port, ip=ALPHA).complete, f"cut off at {offset}"


def test_what_an_upstream_flushes_leaves_at_once_in_every_coding(serve, upstream):
    if "zstd" not in DECODES:
        pytest.skip("the module was built without zstd")
    nginx = serve(http="proxy_buffering off;")
    wait = Wait()
    # Two frames: the first is complete, so everything in it can be known.
    cut = PAGE.index(b"<div id=")
    upstream.on("/", Reply(parts=[zstd_bytes(PAGE[:cut]), wait, zstd_bytes(PAGE[cut:])], headers={"Content-Encoding": "zstd"}))
    with Connection(nginx.port) as connection:
        connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Connection": "close"})
        while b"See the plan</a>" not in connection.buffer:
            assert connection.more()
        wait.release()
        while connection.more():
            pass
        assert b"</html>" in connection.buffer


def test_bombs_of_every_coding_end_early_and_cost_no_memory(serve, upstream, coding):
    nginx = serve(http="proxy_buffering off;")
    bomb = ENCODERS[coding](b"<p>" + b"a" * (64 << 20))
    before = resident(nginx.workers()[0])
    upstream.on("/", Reply(bomb, headers={"Content-Encoding": coding}))
    answer = fetch(nginx.port, ip=ALPHA)
    assert not answer.complete and len(answer.body) < 10 << 20
    assert "damaged, cut off or out of bounds" in nginx.errors()
    nginx.settle()
    assert resident(nginx.workers()[0]) - before < 24 << 20


@pytest.mark.parametrize("label", ["compress", "gzip, br", "br, zstd", "gzip, gzip"])
def test_unknown_encodings_are_original_and_logged(serve, upstream, label):
    nginx = serve(server=STATUS)
    upstream.on("/", Reply(b"\x0b\x02\x80<h1>x</h1>", headers={"Content-Encoding": label, "ETag": '"v1"'}))
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port, ip=ALPHA))
    assert nginx.visits(1)[0]["skip"] == "encoded" and nginx.status()["skips"]["encoded"] == 1


@pytest.mark.parametrize("charset", ["utf-16", "iso-2022-jp", "utf-7", "nonsense"])
def test_unknown_charsets_are_original_and_logged(serve, upstream, charset):
    nginx = serve(server=STATUS)
    upstream.on("/", Reply(PAGE, content_type=f"text/html; charset={charset}"))
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port, ip=ALPHA))
    assert nginx.visits(1)[0]["skip"] == "charset" and nginx.status()["skips"]["charset"] == 1


def test_other_charsets_get_character_references(serve, upstream, tmp_path):
    site = Site(tmp_path / "latin", rules="abm: rules/1\nslots: { headline: h1 }\nrules:\n  - id: a\n    when: { account: alpha }\n"
                                         "    rewrite: { headline: { text: \"{{ account.name }}\" } }\n")
    site.publish()
    nginx = serve(data=site.data)
    upstream.on("/", Reply(b"<h1>x</h1>", content_type="text/html; charset=windows-1252"))
    body = fetch(nginx.port, ip=ALPHA).body
    assert body in (b"<h1>Alpha &amp; S&#246;hne</h1>", b"<h1>Alpha &amp; S&#xf6;hne</h1>", b"<h1>Alpha &amp; S&#xF6;hne</h1>")
    upstream.on("/", Reply(b"<h1>x</h1>"))
    assert fetch(nginx.port, ip=ALPHA).body == "<h1>Alpha &amp; Söhne</h1>".encode()


def test_gzip_static_pages_are_personalized(serve, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "page.html").write_bytes(PAGE)
    (root / "page.html.gz").write_bytes(gzip_bytes(PAGE))
    (root / "only.html.gz").write_bytes(gzip_bytes(PAGE))
    for mode in ("on", "always"):
        nginx = serve(http="gzip on; gzip_min_length 1;",
                      server=f"location ~ html$ {{ abm on; root {root}; gzip_static {mode}; }}")
        for path in ("/page.html", "/only.html"):
            for ip, page in ((ALPHA, ALPHA_PAGE), (STRANGER, PAGE)):
                answer = fetch(nginx.port, path, ip=ip, headers={"Accept-Encoding": "gzip"})
                assert answer.get("Content-Encoding") == "gzip" and answer.text() == page.decode()
        assert fetch(nginx.port, "/page.html", ip=STRANGER, headers={"Accept-Encoding": "gzip"}).same_as(
            fetch(nginx.plain_port, "/page.html", headers={"Accept-Encoding": "gzip"}))
