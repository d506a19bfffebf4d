"""Ranges and validators of the original never reach a known visitor, however the configuration passes them on; and one
condition decides both whether a page is guarded and whether it is personalized."""

import pytest

from harness.client import Connection, fetch
from harness.http2 import Http2
from harness.site import ALPHA, ALPHA_PAGE, PAGE, STRANGER
from harness.upstream import Reply

from test_http import ORIGIN, cache_zone, origin

NAMES = ["range", "if_range", "if_none_match", "if_modified_since"]
ASKED = [{"Range": "bytes=10-19"}, {"Range": "bytes=10-19", "If-Range": '"v1"'}, {"If-None-Match": '"v1"'},
         {"If-Modified-Since": ORIGIN["Last-Modified"]},
         {"Range": "bytes=10-19", "If-None-Match": '"v1"', "If-Modified-Since": ORIGIN["Last-Modified"]}]

# Readers of the client's headers before they are put aside: lines for http{}, for the location, and what is then passed on.
READERS = {
    "nobody": ("", "", "$http_{}"),
    "set": ("", " ".join(f"set $kept_{name} $http_{name};" for name in NAMES), "$kept_{}"),
    "set, for another": ("", 'set $other "' + " ".join(f"$http_{name}" for name in NAMES) + '";', "$http_{}"),
    "if": ("", " ".join(f"if ($http_{name} = none) {{ return 403; }}" for name in NAMES), "$http_{}"),
    "map": (" ".join(f'map $http_{name} $kept_{name} {{ default $http_{name}; }}' for name in NAMES),
            " ".join(f"set $read_{name} $kept_{name};" for name in NAMES), "$kept_{}"),
    "limit_req": ('limit_req_zone "' + " ".join(f"$http_{name}" for name in NAMES) + '" zone=asked:1m rate=10000r/s;',
                  "limit_req zone=asked burst=1000 nodelay;", "$http_{}"),
    "auth_request": ("", "auth_request /auth;", "$http_{}"),
}


def guarded(serve, upstream, tmp_path, reader, more="", http=""):
    before, here, handed = READERS[reader]
    fields = "".join(f"proxy_set_header {name.replace('_', '-')} {handed.format(name)}; " for name in NAMES)
    upstream.on("/page", origin())
    upstream.on("/auth", Reply(b""))
    up = f"proxy_pass http://127.0.0.1:{upstream.port};"
    log = "|".join(f"$http_{name}" for name in NAMES)
    return serve(http=f"{before} {http} log_format asked '{log}'; access_log {tmp_path}/asked.log asked;", plain_server="",
                 server=f"location = /page {{ abm on; {here} {fields} {more} {up} }} "
                        f"location = /auth {{ access_log off; {fields} {up} }} ")


@pytest.mark.parametrize("headers", ASKED, ids=lambda headers: "+".join(headers))
@pytest.mark.parametrize("reader", READERS)
def test_known_visitor_gets_the_whole_page_whoever_read_the_headers(serve, upstream, tmp_path, reader, headers):
    nginx = guarded(serve, upstream, tmp_path, reader)
    answer = fetch(nginx.port, "/page", ip=ALPHA, headers=headers)
    assert (answer.status, answer.body, answer.complete) == (200, ALPHA_PAGE, True)
    assert not answer.has("Content-Range") and not answer.has("Accept-Ranges")
    assert not {"range", "if-none-match", "if-modified-since"} & set(upstream.seen("/page")[-1].headers)  # If-Range alone means nothing
    # Unknown visitors get the usual responses.
    assert fetch(nginx.port, "/page", ip=STRANGER, headers=headers).status == (206 if "If-None-Match" not in headers and "Range" in headers
                                                                               else 304)
    lines = nginx.visits(1)
    assert lines[0]["page"] == "personalized" and lines[0]["status"] == 200
    wanted = "|".join(headers.get(name.replace("_", "-").title(), "-").replace('"', "\\x22") for name in NAMES)
    assert (tmp_path / "asked.log").read_text().splitlines() == [wanted, wanted], "the log does not show what the client sent"


@pytest.mark.parametrize("more", ["proxy_buffering off;", "gzip on; gzip_min_length 1; gzip_proxied any;",
                                  "sub_filter '<p>The end.</p>' '<p>The end.</p>';", "ssi on;", "proxy_force_ranges on;", "etag off;"])
@pytest.mark.parametrize("reader", ["nobody", "set", "map"])
def test_other_filters_do_not_bring_ranges_back(serve, upstream, tmp_path, reader, more):
    nginx = guarded(serve, upstream, tmp_path, reader, more)
    for headers in ASKED:
        answer = fetch(nginx.port, "/page", ip=ALPHA, headers=headers)
        assert (answer.status, answer.body, answer.complete) == (200, ALPHA_PAGE, True), headers


@pytest.mark.parametrize("reader", READERS)
def test_cached_page_is_whole_for_known_visitors(serve, upstream, tmp_path, reader):
    nginx = guarded(serve, upstream, tmp_path, reader, "proxy_cache_revalidate on;", cache_zone(tmp_path))
    for ip in (ALPHA, STRANGER, ALPHA):
        for headers in ASKED:
            answer = fetch(nginx.port, "/page", ip=ip, headers=headers)
            if ip == ALPHA:
                assert (answer.status, answer.body) == (200, ALPHA_PAGE), headers


@pytest.mark.parametrize("reader", ["nobody", "set", "map"])
@pytest.mark.parametrize("way", ["X-Accel-Redirect", "error_page", "try_files"])
def test_a_redirect_inside_nginx_does_not_bring_ranges_back(serve, upstream, tmp_path, reader, way):
    before, here, handed = READERS[reader]
    fields = "".join(f"proxy_set_header {name.replace('_', '-')} {handed.format(name)}; " for name in NAMES)
    up = f"http://127.0.0.1:{upstream.port}"
    first = {"X-Accel-Redirect": f"proxy_pass {up}/accel;", "error_page": f"error_page 404 =200 /page; proxy_intercept_errors on; proxy_pass {up}/none;",
             "try_files": "try_files /none /page;"}[way]
    upstream.on("/page", origin())
    upstream.on("/accel", Reply(b"", headers={"X-Accel-Redirect": "/page"}))
    nginx = serve(http=before, plain_server="", server=f"location = /first {{ {here} {first} }} location = /page {{ abm on; {fields} proxy_pass {up}; }}")
    for headers in ASKED:
        answer = fetch(nginx.port, "/first", ip=ALPHA, headers=headers)
        assert (answer.status, answer.body, answer.complete) == (200, ALPHA_PAGE, True), headers


def test_fragments_of_a_known_visitors_page_are_whole_whoever_read_the_headers(serve, upstream, tmp_path):
    fragment = b"<p>0123456789 a whole fragment</p>"
    fields = "".join(f"proxy_set_header {name.replace('_', '-')} $http_{name}; " for name in NAMES)
    nginx = guarded(serve, upstream, tmp_path, "map", "ssi on;")
    nginx.config.write_text(nginx.config.read_text().replace(
        "location = /auth", f"location = /part {{ {fields} proxy_pass http://127.0.0.1:{upstream.port}; }} location = /auth"))
    nginx.reload()
    upstream.on("/page", Reply(b'<h1>a</h1><!--# include virtual="/part" --><p>end</p>'))
    upstream.on("/part", origin(fragment))
    for headers in ASKED:
        answer = fetch(nginx.port, "/page", ip=ALPHA, headers=headers)
        assert answer.body == b"<h1>Made for presses</h1>" + fragment + b"<p>end</p>", headers


# Requests for something other than a page: guard and personalization use the same condition.

UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade"}
GRPC = {"Content-Type": "application/grpc+proto", "TE": "trailers"}


@pytest.mark.parametrize("upgrade", ["h2c", "H2C", "TLS/1.0", "h2c, h3", "HTTP/2.0", "foo", ""])
@pytest.mark.parametrize("headers", [{}, *ASKED], ids=lambda headers: "+".join(headers) or "plain")
def test_other_upgrades_than_websocket_are_pages(serve, upstream, headers, upgrade):
    nginx = serve()
    upstream.on("/", origin())
    asked = {"Upgrade": upgrade, "Connection": "Upgrade, HTTP2-Settings, close", "HTTP2-Settings": "AAMAAABkAAQAAP__", "Accept-Encoding": "gzip",
             **headers}
    answer = fetch(nginx.port, ip=ALPHA, headers=asked)
    assert (answer.status, answer.body) == (200, ALPHA_PAGE)
    sent = upstream.seen("/")[-1].headers
    assert sent["accept-encoding"] == "identity" and not {"range", "if-none-match", "if-modified-since", "if-range"} & set(sent)
    assert [line["skip"] for line in nginx.visits(1)] == [None]


@pytest.mark.parametrize("headers", [{}, *ASKED], ids=lambda headers: "+".join(headers) or "plain")
@pytest.mark.parametrize("what", [("GET", UPGRADE), ("GET", {**UPGRADE, "Upgrade": "WebSocket"}), ("POST", GRPC),
                                  ("POST", {**GRPC, "Content-Type": "application/grpc"}),
                                  ("POST", {**GRPC, "Content-Type": "application/grpc-web+proto"})],
                         ids=["websocket", "WebSocket", "grpc+proto", "grpc", "grpc-web"])
def test_what_asks_for_no_page_is_answered_as_with_the_module_off(serve, upstream, what, headers):
    method, more = what
    nginx = serve()
    upstream.on("/", origin())
    asked = {**more, **headers, "Accept-Encoding": "gzip", "Connection": "close"}
    body = b"x" if method == "POST" else b""
    ours, plain = (fetch(port, ip=ALPHA, method=method, body=body, headers=asked) for port in (nginx.port, nginx.plain_port))
    assert ours.same_as(plain), (ours.head, plain.head)
    first, second = (request.headers for request in upstream.seen("/"))
    assert {name: value for name, value in first.items() if name != "host"} == {name: value for name, value in second.items() if name != "host"}
    for line in nginx.visits():
        assert (line["page"], line["skip"]) == ("original", "upgrade")
    assert len(nginx.visits()) == (1 if ours.status in (200, 304) else 0) or ours.status == 304


def test_page_that_answers_an_upgrade_is_counted_as_one(serve, upstream):
    from harness.nginx import STATUS
    nginx = serve(server=STATUS)
    assert fetch(nginx.port, ip=ALPHA, headers={**UPGRADE, "Connection": "close"}).body == PAGE
    assert fetch(nginx.port, ip=ALPHA, method="POST", body=b"x", headers=GRPC).body == PAGE
    assert [(line["skip"], line["method"]) for line in nginx.visits(2)] == [("upgrade", "GET"), ("upgrade", "POST")]
    status = nginx.status()
    assert status["skips"]["upgrade"] == 2 == status["original"] == status["identified"] and status["personalized"] == 0
    assert 'abm_original_total{reason="upgrade"} 2' in fetch(nginx.port, "/status?format=prometheus").body.decode()


@pytest.mark.parametrize("method,headers", [("GET", {"Content-Type": "application/grpc"}), ("GET", GRPC), ("POST", {"Content-Type": "application/grp"}),
                                            ("POST", {"Content-Type": "text/html"})])
def test_what_only_looks_like_it_is_a_page(serve, upstream, method, headers):
    nginx = serve()
    upstream.on("/", origin())
    body = b"x" if method == "POST" else b""
    more = {} if method == "POST" else ASKED[4]
    answer = fetch(nginx.port, ip=ALPHA, method=method, body=body, headers={**headers, **more, "Connection": "close", "Accept-Encoding": "gzip"})
    assert (answer.status, answer.body) == (200, ALPHA_PAGE)
    assert upstream.seen("/")[-1].headers["accept-encoding"] == "identity"
    assert [line["skip"] for line in nginx.visits(1)] == [None]


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
@pytest.mark.parametrize("more", [UPGRADE, GRPC], ids=["websocket", "grpc"])
def test_one_condition_decides_whether_it_is_is_guardedand_whether_it_is_edited(serve, upstream, method, more):
    nginx = serve()
    upstream.on("/", origin())
    body = b"" if method == "HEAD" else b"x"
    asked = {**more, "Range": "bytes=10-19", "Accept-Encoding": "gzip", "Connection": "close"}
    ours, plain = (fetch(port, ip=ALPHA, method=method, body=body, headers=asked) for port in (nginx.port, nginx.plain_port))
    is_guarded = upstream.seen("/")[0].headers["accept-encoding"] == "identity"
    if is_guarded:
        assert ours.status == 200 and ours.get("Cache-Control") == "private, no-cache" and ours.body in (ALPHA_PAGE, b"")
    else:
        assert ours.same_as(plain)


def test_http_2_knows_no_upgrade(serve, upstream):
    """An HTTP/2 client may not send it, but nginx reads it."""
    nginx = serve(listen="http2")
    upstream.on("/", origin())
    with Http2(nginx.port) as connection:
        connection.state.config.validate_outbound_headers = False
        stream = connection.get("/", ip=ALPHA, headers=[("range", "bytes=10-19"), ("if-none-match", '"v1"'), ("content-type", "application/grpc")])
        connection.receive_all()
        assert connection.heads[stream][":status"] == "200" and connection.bodies[stream] == ALPHA_PAGE


def test_a_real_websocket_through_a_page_location_is_left_alone(serve, upstream, tmp_path):
    nginx = serve(server="location = /socket { abm on; set $asked $http_range; set $told $abm_account; proxy_http_version 1.1; "
                         "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_pass http://127.0.0.1:%d; }"
                         % upstream.port)
    upstream.on("/socket", Reply(parts=[b"<h1>bytes</h1>"], status="101 Switching Protocols", content_type=None,
                                 headers={"Upgrade": "websocket", "Connection": "Upgrade"}))
    with Connection(nginx.port) as connection:
        connection.send("GET", "/socket", {"X-Forwarded-For": ALPHA, **UPGRADE, "Accept-Encoding": "gzip", "Range": "bytes=10-19"})
        connection.receive_until(b"<h1>bytes</h1>")
        assert connection.buffer.startswith(b"HTTP/1.1 101")
    asked = upstream.seen("/socket")[-1].headers
    assert asked["accept-encoding"] == "gzip" and asked["range"] == "bytes=10-19"
    assert nginx.visits() == []
