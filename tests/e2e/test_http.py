"""Validators, ranges, methods, versions and headers of personalized responses."""

import shutil
import subprocess

import pytest

from harness.client import Connection, fetch
from harness.site import ACCOUNTS, ALPHA, ALPHA_PAGE, BETA, BETA_PAGE, PAGE, RIVAL, RULES, STRANGER, Site
from harness.upstream import Reply
from harness.waiting import wait_for

ORIGIN = {"ETag": '"v1"', "Last-Modified": "Sun, 22 Nov 2026 03:00:00 GMT", "Accept-Ranges": "bytes",
          "Cache-Control": "public, max-age=3600", "Expires": "Mon, 23 Nov 2026 03:00:00 GMT",
          "CDN-Cache-Control": "max-age=600", "Content-Digest": "sha-256=:xx:", "Vary": "Cookie"}


def origin(body=PAGE, headers=None):
    """An origin that respects If-None-Match, If-Modified-Since and Range, as good ones do."""
    fields = dict(ORIGIN if headers is None else headers)

    def answer(request):
        tag = fields.get("ETag")
        if tag and request.headers.get("if-none-match") == tag:
            return Reply(parts=[], status="304 Not Modified", headers={"ETag": tag}, content_type=None)
        if fields.get("Last-Modified") and request.headers.get("if-modified-since") == fields["Last-Modified"]:
            return Reply(parts=[], status="304 Not Modified", headers={"ETag": tag}, content_type=None)
        if request.headers.get("range") == "bytes=10-19":
            return Reply(body[10:20], "206 Partial Content",
                         {**fields, "Content-Range": f"bytes 10-19/{len(body)}"})
        return Reply(body, headers=fields)
    return answer


def test_personalized_headers_are_these(serve, upstream):
    nginx = serve()
    upstream.on("/", origin())
    answer = fetch(nginx.port, ip=ALPHA)
    assert answer.body == ALPHA_PAGE
    assert sorted(name for name, _ in answer.visible_headers()) == sorted(
        ["Server", "Content-Type", "Content-Length", "Connection", "Vary", "ETag", "Cache-Control"])
    assert answer.get("Cache-Control") == "private, no-cache"
    assert answer.get("ETag").startswith('W/"') and "v1" not in answer.get("ETag")


def test_no_store_of_the_origin_stays(serve, upstream):
    nginx = serve()
    upstream.on("/", origin(headers={"Cache-Control": "max-age=0, No-Store"}))
    assert fetch(nginx.port, ip=ALPHA).all("Cache-Control") == ["no-store"]


def test_no_etag_where_the_origin_sends_none(serve, upstream):
    nginx = serve()
    upstream.on("/", Reply(PAGE, headers={"Last-Modified": ORIGIN["Last-Modified"]}))
    answer = fetch(nginx.port, ip=ALPHA)
    assert not answer.has("ETag") and not answer.has("Last-Modified")


def test_head_has_the_headers_of_get_and_no_body(serve, upstream):
    nginx = serve()
    upstream.on("/", origin())
    with Connection(nginx.port) as connection:
        connection.send("HEAD", "/", {"X-Forwarded-For": ALPHA})
        head = connection.receive("HEAD")
        connection.send("GET", "/", {"X-Forwarded-For": ALPHA})
        get = connection.receive()
    want = [header for header in get.visible_headers() if header[0] != "Content-Length"]
    assert head.visible_headers() == want and head.status == 200


@pytest.mark.parametrize("header", [("If-None-Match", '"v1"'), ("If-None-Match", "*"), ("If-None-Match", 'W/"v1"'),
                                    ("If-Modified-Since", ORIGIN["Last-Modified"])])
@pytest.mark.parametrize("static", [False, True])
def test_plain_validators_never_give_304_to_a_known_visitor(serve, upstream, tmp_path, header, static):
    name, value = header
    root = tmp_path / "root"
    root.mkdir()
    (root / "page.html").write_bytes(PAGE)
    nginx = serve(server=f"location = /page.html {{ abm on; root {root}; }}")
    path = "/page.html" if static else "/"
    upstream.on("/", origin())
    plain = fetch(nginx.port, path, ip=STRANGER)
    if name == "If-None-Match" and value != "*":
        value = value.replace('"v1"', plain.get("ETag"))
    if name == "If-Modified-Since":
        value = plain.get("Last-Modified")
    if static or value not in ("*", 'W/"v1"'):  # this origin compares exactly
        assert fetch(nginx.port, path, ip=STRANGER, headers={name: value}).status == 304
    if value == "*":
        return  # it also names our own validator
    answer = fetch(nginx.port, path, ip=ALPHA, headers={name: value})
    assert answer.status == 200 and answer.body == ALPHA_PAGE


@pytest.mark.parametrize("static", [False, True])
def test_unchanged_personalized_page_answers_304_to_its_own_etag(serve, upstream, tmp_path, static):
    root = tmp_path / "root"
    root.mkdir()
    (root / "page.html").write_bytes(PAGE)
    nginx = serve(server=f"location = /page.html {{ abm on; root {root}; }}")
    path = "/page.html" if static else "/"
    upstream.on("/", origin())
    tag = fetch(nginx.port, path, ip=ALPHA).get("ETag")
    for value in (tag, tag[2:], f'"other", {tag}', "*"):
        answer = fetch(nginx.port, path, ip=ALPHA, headers={"If-None-Match": value})
        assert answer.status == 304 and answer.body == b"" and answer.complete
        assert answer.get("ETag") == tag and answer.get("Cache-Control") == "private, no-cache"
        assert not answer.has("Content-Length") and not answer.has("Last-Modified")
    assert fetch(nginx.port, path, ip=BETA, headers={"If-None-Match": tag}).body == BETA_PAGE
    assert fetch(nginx.port, path, ip=STRANGER, headers={"If-None-Match": tag}).body == PAGE
    lines = [line for line in nginx.visits(6) if line["status"] == 304]
    assert {(line["page"], line["rules"][0]["slots"]["headline"]) for line in lines} == {("personalized", "skipped:not-modified")}


def test_changed_rules_or_origin_change_the_etag(serve, upstream, own_site):
    own_site.publish()
    nginx = serve(data=own_site.data)
    upstream.on("/", origin())
    first = fetch(nginx.port, ip=ALPHA).get("ETag")
    assert fetch(nginx.port, ip=ALPHA).get("ETag") == first
    upstream.on("/", origin(headers={"ETag": '"v2"'}))
    second = fetch(nginx.port, ip=ALPHA, headers={"If-None-Match": first})
    assert second.status == 200 and second.get("ETag") != first
    upstream.on("/", origin())
    own_site.write_rules((own_site.folder / "rules.yaml").read_text().replace("Made for presses", "Made for hammers"))
    own_site.publish()
    nginx.reload()
    third = fetch(nginx.port, ip=ALPHA, headers={"If-None-Match": first})
    assert third.status == 200 and b"Made for hammers" in third.body


def test_changed_account_changes_the_page_and_its_etag(serve, upstream, own_site):
    own_site.write_rules(RULES.replace('"Made for presses"', '"Ahead of {{ account.attributes.competitor }}"'))
    own_site.publish()
    nginx = serve(data=own_site.data)
    upstream.on("/", origin())
    first = fetch(nginx.port, ip=ALPHA)
    assert b"Ahead of Gamma" in first.body
    own_site.write_accounts([{**one, "attributes": {"competitor": "Delta"}} if one["id"] == "alpha" else one for one in ACCOUNTS])
    own_site.publish()
    wait_for(lambda: b"Ahead of Delta" in fetch(nginx.port, ip=ALPHA).body)
    again = fetch(nginx.port, ip=ALPHA, headers={"If-None-Match": first.get("ETag")})
    assert again.status == 200 and b"Ahead of Delta" in again.body and again.get("ETag") != first.get("ETag")


@pytest.mark.parametrize("extra", [{}, {"If-Range": '"v1"'}, {"If-Range": ORIGIN["Last-Modified"]}])
@pytest.mark.parametrize("cache", [False, True])
def test_range_of_a_personalized_page_gives_the_whole_page(serve, upstream, extra, cache, tmp_path):
    nginx = serve(http=cache_zone(tmp_path) if cache else "")
    upstream.on("/", origin())
    for _ in range(2):
        answer = fetch(nginx.port, ip=ALPHA, headers={"Range": "bytes=10-19", **extra})
        assert answer.status == 200 and answer.body == ALPHA_PAGE
        assert not answer.has("Accept-Ranges") and not answer.has("Content-Range")


def cache_zone(tmp_path, more=""):
    return (f"proxy_cache_path {tmp_path}/cache keys_zone=c:1m; proxy_cache c; proxy_cache_valid 200 1h; "
            f"proxy_cache_key $uri; {more}")


@pytest.mark.parametrize("path", ["/picture.png", "/data", "/missing", "/page-without-edit"])
@pytest.mark.parametrize("headers", [{"Range": "bytes=10-19"}, {"If-None-Match": '"v1"'},
                                     {"If-Modified-Since": ORIGIN["Last-Modified"]}, {}])
def test_what_is_not_rewritten_keeps_ranges_and_validators(serve, upstream, tmp_path, path, headers):
    site = Site(tmp_path / "two", rules=RULES_WITHOUT_VALUE)
    site.publish()
    nginx = serve(data=site.data)
    body = bytes(range(256)) * 4
    kinds = {"/picture.png": "image/png", "/data": "application/json", "/page-without-edit": "text/html; charset=utf-8"}

    def answer(request):
        reply = origin(body)(request)
        if reply.content_type:
            reply.content_type = kinds.get(path, "text/html")
        if path == "/missing":
            reply = Reply(body, "404 Not Found", headers={"ETag": '"v1"'})
        return reply
    upstream.on(path, answer)
    ours, plain = (fetch(port, path, ip=ALPHA, headers=headers) for port in (nginx.port, nginx.plain_port))
    if path != "/data" or not headers:
        assert ours.same_as(plain)
        return
    # A rule names this URL, and nothing showed in advance that it is not a page, so the origin was asked for all of it. nginx
# then evaluates the conditions and cuts the range, as it does for a cached response.
    assert (ours.status, ours.body, ours.get("ETag"), ours.get("Content-Range")) == (
        plain.status, plain.body, plain.get("ETag"), plain.get("Content-Range"))
    assert ours.get("Content-Length") == plain.get("Content-Length")


RULES_WITHOUT_VALUE = """\
abm: rules/1
slots: { headline: h1 }
rules:
  - id: page
    when: { account: alpha, path: [/, /data, /missing] }
    rewrite: { headline: { text: "Made for presses" } }
  - id: nothing
    when: { account: alpha, path: /page-without-edit }
    rewrite: { headline: { text: "{{ account.attributes.nobody_has_this }}" } }
"""


# An unknown visitor, an excluded account, one whose rules name other pages, and a visitor who opted out.
UNTOUCHED = [({}, STRANGER), ({}, RIVAL), ({}, BETA), ({"Sec-GPC": "1"}, ALPHA)]


@pytest.mark.parametrize("path", ["/page.html", "/", "/page"])
@pytest.mark.parametrize("more", ["", "gzip on; gzip_min_length 1; gzip_proxied any;"], ids=["plain", "gzip"])
def test_where_no_edit_applies_every_answer_is_the_original_header_by_header(serve, upstream, own_site, tmp_path, path, more):
    own_site.write_rules(RULES.replace("{ account: beta, path: /** }", "{ account: beta, path: /elsewhere }"))
    own_site.publish()
    (tmp_path / "page.html").write_bytes(PAGE)
    nginx = serve(data=own_site.data, http=more, server=f"location = /page.html {{ abm on; root {tmp_path}; }}")
    for page in ("/", "/page"):
        upstream.on(page, origin())
    tag = fetch(nginx.plain_port, path).get("ETag").removeprefix("W/")
    asked = [{}, {"Range": "bytes=10-19"}, {"Range": "bytes=10-19", "If-Range": tag}, {"If-None-Match": tag},
             {"If-None-Match": '"other"'}, {"If-Modified-Since": ORIGIN["Last-Modified"]}, {"Accept-Encoding": "gzip"}]
    for version in ("1.0", "1.1"):
        for method in ("GET", "HEAD"):
            for headers in asked:
                plain = fetch(nginx.plain_port, path, method=method, headers=headers, version=version)
                for mark, ip in UNTOUCHED:
                    ours = fetch(nginx.port, path, ip=ip, method=method, headers={**headers, **mark}, version=version)
                    assert ours.same_as(plain) and ours.complete == plain.complete, (ip, version, method, headers, ours.head, plain.head)


@pytest.mark.parametrize("status", ["404 Not Found", "301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect",
                                    "308 Permanent Redirect", "201 Created", "500 Internal Server Error", "403 Forbidden"])
def test_other_statuses_are_original(serve, upstream, status):
    nginx = serve()
    upstream.on("/", Reply(PAGE, status, {"Location": "/x", "ETag": '"v1"'}))
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port, ip=ALPHA))
    assert nginx.visits() == []


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_statuses_without_body_are_original(serve, upstream, status):
    nginx = serve()
    upstream.on("/", Reply(parts=[], status=status, headers={"ETag": '"v1"'}, content_type=None))
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port, ip=ALPHA))


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=10-19"}, {"Range": "bytes=10-19", "If-Range": '"v1"'}])
def test_part_that_an_origin_sends_is_original(serve, upstream, headers):
    """An origin that answers with a part of its own choice, whatever the request was."""
    nginx = serve()
    start = PAGE.index(b"<h1 class")
    upstream.on("/", Reply(PAGE[start:], "206 Partial Content", {**ORIGIN, "Content-Range": f"bytes {start}-{len(PAGE) - 1}/{len(PAGE)}"}))
    assert fetch(nginx.port, ip=ALPHA, headers=headers).same_as(fetch(nginx.plain_port, ip=ALPHA, headers=headers))


@pytest.mark.parametrize("kind", ["application/json", "image/png", "text/xml", "text/plain", "image/svg+xml", "application/xhtml+xml", None])
def test_other_types_are_original(serve, upstream, kind):
    nginx = serve()
    upstream.on("/", Reply(PAGE, content_type=kind))
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port, ip=ALPHA))
    assert nginx.visits() == []


@pytest.mark.parametrize("kind, personalized", [
    ("text/html", True), ("text/vnd.acme.page", True), ("Application/XHTML+XML; charset=utf-8", False), ("image/svg+xml", False),
    ("text/xml", False), ("application/xml", False)])
def test_abm_types_star_leaves_xml_out(serve, upstream, kind, personalized):
    nginx = serve(http="abm_types *;")
    upstream.on("/x", Reply(PAGE, content_type=kind))
    assert fetch(nginx.port, "/x", ip=ALPHA).body == (ALPHA_PAGE if personalized else PAGE)


def test_abm_types_lists_other_types(serve, upstream):
    nginx = serve(http="abm_types text/vnd.acme.page;")
    upstream.on("/x", Reply(PAGE, content_type="text/vnd.acme.page"))
    assert fetch(nginx.port, "/x", ip=ALPHA).body == ALPHA_PAGE


def test_http_1_0_ends_with_the_connection(serve, upstream):
    nginx = serve()
    upstream.on("/", Reply(PAGE, length=False))
    answer = fetch(nginx.port, ip=ALPHA, version="1.0", headers={"Connection": "keep-alive"})
    assert answer.body == ALPHA_PAGE and answer.get("Connection") == "close"
    assert not answer.has("Content-Length") and not answer.has("Transfer-Encoding")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_http_2_is_complete(serve):
    nginx = serve(listen="http2")
    done = subprocess.run(["curl", "-sS", "--http2-prior-knowledge", "-D", "-", "-H", f"X-Forwarded-For: {ALPHA}",
                           f"http://127.0.0.1:{nginx.port}/"], capture_output=True, check=True, timeout=20)
    head, body = done.stdout.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/2 200") and body == ALPHA_PAGE
    assert f"content-length: {len(ALPHA_PAGE)}\r".encode() in head.lower()


def test_post_is_personalized_and_its_validators_reach_the_origin(serve, upstream):
    nginx = serve()
    answer = fetch(nginx.port, ip=ALPHA, method="POST", body=b"a=1", headers={"If-None-Match": "*", "Range": "bytes=0-1"})
    assert answer.body == ALPHA_PAGE
    assert upstream.seen("/")[-1].headers["if-none-match"] == "*"


def test_pipelined_visitors_never_mix(serve):
    nginx = serve()
    with Connection(nginx.port) as connection:
        order = [ALPHA, BETA, STRANGER] * 5
        for ip in order:
            connection.send("GET", "/", {"X-Forwarded-For": ip})
        for ip in order:
            assert connection.receive().body == {ALPHA: ALPHA_PAGE, BETA: BETA_PAGE, STRANGER: PAGE}[ip]


def test_upgrades_are_left_alone(serve, upstream):
    nginx = serve(server="location /ws { abm on; proxy_pass http://127.0.0.1:%d; proxy_http_version 1.1; "
                         "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; }" % upstream.port)
    upstream.on("/ws", Reply(parts=[b"hello"], status="101 Switching Protocols", content_type=None,
                             headers={"Upgrade": "websocket", "Connection": "Upgrade"}))
    with Connection(nginx.port) as connection:
        connection.send("GET", "/ws", {"X-Forwarded-For": ALPHA, "Upgrade": "websocket", "Connection": "Upgrade",
                                       "Accept-Encoding": "gzip"})
        connection.receive_until(b"hello")
        assert connection.buffer.startswith(b"HTTP/1.1 101")
    assert upstream.seen("/ws")[-1].headers["accept-encoding"] == "gzip"


def test_grpc_is_left_alone(serve, upstream):
    nginx = serve()
    headers = {"Content-Type": "application/grpc+proto", "TE": "trailers", "Accept-Encoding": "gzip"}
    fetch(nginx.port, ip=ALPHA, method="POST", body=b"x", headers=headers)
    assert upstream.seen("/")[0].headers["accept-encoding"] == "gzip"
    upstream.on("/", Reply(PAGE, content_type="application/grpc"))
    ours, plain = (fetch(port, ip=ALPHA, method="POST", body=b"x", headers=headers) for port in (nginx.port, nginx.plain_port))
    assert ours.same_as(plain)
