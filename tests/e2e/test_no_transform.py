"""Cache-Control: no-transform keeps a page as it is, unless abm_no_transform ignores it; then caches behind are told of it."""

import pytest

from harness.client import fetch
from harness.nginx import STATUS
from harness.site import ALPHA, ALPHA_PAGE, PAGE, STRANGER
from harness.upstream import Reply, gzip_bytes

from test_preview import key, link  # noqa: F401: fixtures

FORBIDDEN = ["no-transform", "public, max-age=600, No-Transform", "no-transform=1", 'private="a, b", no-transform',
             ["max-age=1", "no-transform"]]
ALLOWED = ["no-transforms", 'private="no-transform"', 'x=", no-transform"', "transform, no-store"]
GZIP = "gzip on; gzip_min_length 1; gzip_proxied any; gzip_vary on;"
REQUESTS = [{}, {"Accept-Encoding": "gzip, br"}, {"Range": "bytes=5-9"}, {"Range": "bytes=5-9", "If-Range": '"v1"'},
            {"If-None-Match": '"v1"'}, {"If-None-Match": '"v0"'}, {"If-Modified-Since": "Thu, 01 Oct 2026 00:00:00 GMT"}]
LAST_MODIFIED = "Thu, 01 Oct 2026 00:00:00 GMT"


def origin(cache_control, body=PAGE, **more):
    """An origin as simple as a file server: it judges neither validators nor ranges, and nginx judges them for it."""
    return Reply(body, headers={"Cache-Control": cache_control, "ETag": '"v1"', "Last-Modified": LAST_MODIFIED,
                                "Accept-Ranges": "bytes", "Vary": "Cookie", **more})


@pytest.mark.parametrize("value", FORBIDDEN)
@pytest.mark.parametrize("more", ["", GZIP])
def test_a_page_that_says_so_leaves_as_it_came(serve, upstream, value, more):
    nginx = serve(server=STATUS, http=more)
    upstream.on("/", origin(value))
    for method in ("GET", "HEAD"):
        assert fetch(nginx.port, ip=ALPHA, method=method).same_as(fetch(nginx.plain_port, ip=ALPHA, method=method))
    for line in nginx.visits(2):
        assert (line["page"], line["skip"]) == ("original", "no-transform")
        assert set(line["rules"][0]["slots"].values()) == {"skipped:no-transform"}
    counted = nginx.status()
    assert counted["skips"]["no-transform"] == counted["identified"] == counted["original"] == 2


@pytest.mark.parametrize("headers", REQUESTS, ids=lambda headers: ",".join(headers) or "plain")
def test_ranges_and_validators_of_such_a_page_mean_what_they_mean_without_the_module(serve, upstream, headers):
    """The origin was asked for the whole page, unencoded: nginx does for the client what such an origin leaves to it."""
    nginx = serve(http="proxy_cache_path cache keys_zone=pages:1m; proxy_cache_valid 200 1h; proxy_cache_key $server_port$uri; "
                       "proxy_ignore_headers Cache-Control; proxy_cache pages;")
    upstream.on("/", origin("no-transform"))
    for _ in range(2):  # a miss, then a hit
        ours, plain = (fetch(port, ip=ALPHA, headers=headers) for port in (nginx.port, nginx.plain_port))
        assert ours.same_as(plain), (ours.head, plain.head)
    assert ours.status == (206 if "Range" in headers else 304 if '"v1"' in headers.values() or LAST_MODIFIED in headers.values() else 200)


@pytest.mark.parametrize("value", ALLOWED)
def test_what_only_looks_like_it_is_none(serve, upstream, value):
    nginx = serve()
    upstream.on("/", origin(value))
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE


@pytest.mark.parametrize("added", ["add_header Cache-Control no-transform;", "add_header Cache-Control 'public, no-transform' always;"])
def test_an_added_header_counts_too(serve, upstream, added):
    nginx = serve(http=added)
    upstream.on("/", origin("max-age=60"))
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port, ip=ALPHA))
    assert nginx.visits(1)[0]["skip"] == "no-transform"


@pytest.mark.parametrize("value", FORBIDDEN)
def test_a_request_that_asks_for_the_page_as_it_is_gets_it(serve, upstream, value):
    nginx = serve()
    upstream.on("/", origin("max-age=60"))
    value = value if isinstance(value, str) else ", ".join(value)
    headers = {"Cache-Control": value, "Accept-Encoding": "gzip", "If-None-Match": '"v0"'}
    assert fetch(nginx.port, ip=ALPHA, headers=headers).same_as(fetch(nginx.plain_port, ip=ALPHA, headers=headers))
    ours, plain = upstream.seen("/")
    assert ours.headers == plain.headers, "the upstream is asked for something else"
    assert nginx.visits(1)[0]["skip"] == "no-transform"


@pytest.mark.parametrize("value,expected", [("no-transform", "private, no-cache, no-transform"),
                                            ("public, No-Transform, max-age=5", "private, no-cache, no-transform"),
                                            ("no-store, no-transform", "no-store, no-transform"),
                                            (["no-transform", "no-store"], "no-store, no-transform"), ("max-age=5", "private, no-cache")])
def test_ignoring_it_personalizes_and_hands_it_on(serve, upstream, value, expected):
    nginx = serve(http="abm_no_transform ignore;")
    upstream.on("/", origin(value))
    answer = fetch(nginx.port, ip=ALPHA, headers={"Cache-Control": "no-transform"})
    assert answer.body == ALPHA_PAGE and answer.all("Cache-Control") == [expected]
    assert fetch(nginx.port, ip=ALPHA, headers={"If-None-Match": answer.get("ETag")}).all("Cache-Control") == [expected]
    assert fetch(nginx.port, ip=STRANGER).same_as(fetch(nginx.plain_port))


def test_the_directive_is_inherited_and_overridden(serve, upstream):
    up = f"proxy_pass http://127.0.0.1:{upstream.port};"
    nginx = serve(http="abm_no_transform ignore;", plain_server="",
                  server=f"location /respect {{ abm on; abm_no_transform respect; {up} }} location /in {{ abm on; {up} }} "
                         f"location /to {{ abm on; abm_no_transform respect; error_page 418 =200 /in; return 418; }}")
    upstream.on("*", origin("no-transform"))
    assert [fetch(nginx.port, path, ip=ALPHA).body for path in ("/respect", "/in", "/to")] == [PAGE, ALPHA_PAGE, ALPHA_PAGE]


def test_an_encoded_page_that_says_so_stays_encoded(serve, upstream):
    nginx = serve(http="gunzip on;")
    upstream.on("/", Reply(gzip_bytes(PAGE), headers={"Content-Encoding": "gzip", "Cache-Control": "no-transform", "ETag": '"v1"'}))
    for headers in ({"Accept-Encoding": "gzip"}, {}):
        assert fetch(nginx.port, ip=ALPHA, headers=headers).same_as(fetch(nginx.plain_port, ip=ALPHA, headers=headers))


def test_a_preview_says_why_it_shows_the_original(serve, upstream, key, link):  # noqa: F811
    nginx = serve(http=f"abm_preview_key {key};", server="location /on { abm on; abm_no_transform ignore; proxy_pass http://127.0.0.1:%d; }"
                  % upstream.port, plain_server="")
    for path in ("/", "/on"):
        upstream.on(path, origin("no-transform"))
    answer = fetch(nginx.port, f"/?abm_preview={link()}", ip=STRANGER)
    assert answer.body == PAGE and answer.get("Cache-Control") == "no-store, no-transform" and answer.has("X-ABM-Preview")
    answer = fetch(nginx.port, f"/on?abm_preview={link()}", ip=STRANGER)
    assert answer.body == ALPHA_PAGE and answer.get("Cache-Control") == "no-store, no-transform"
