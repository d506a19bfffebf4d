"""Where a page ends: told by its length where that is known in time, and by one end, never two, where it is not."""

import os

import pytest

from harness.client import Connection, fetch
from harness.places import MODULE
from harness.site import ALPHA, ALPHA_PAGE, PAGE, STRANGER
from harness.upstream import Die, Reply, Sleep, Wait, gzip_bytes

from test_http import cache_zone
from test_nginx_features import MODULES, with_module

LENGTH = str(len(ALPHA_PAGE))


def has_length(answer, page=ALPHA_PAGE):
    return answer.complete and answer.body == page and answer.get("Content-Length") == str(len(page)) and not answer.has("Transfer-Encoding")


def is_chunked(answer, page=ALPHA_PAGE):
    return answer.complete and answer.body == page and not answer.has("Content-Length") and answer.get("Transfer-Encoding") == "chunked"


def ask_twice(port, path="/", headers=None, ip=ALPHA):
    """Two answers on one connection: what one leaves behind would be the beginning of the next one."""
    with Connection(port) as connection:
        answers = []
        for _ in range(2):
            connection.send("GET", path, {"X-Forwarded-For": ip, **(headers or {})})
            answers.append(connection.receive())
        connection.send("GET", "/end", {"X-Forwarded-For": STRANGER, "Connection": "close"})
        assert connection.receive().status == 404
        assert connection.more() == b"" == connection.buffer
    return answers


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "page.html").write_bytes(PAGE)
    (folder / "large.html").write_bytes(PAGE * 500)
    return folder


@pytest.mark.parametrize("options", ["sendfile on;", "sendfile off;", "sendfile on; aio threads;", "directio 64; output_buffers 1 8k;",
                                     "limit_rate 100k; postpone_output 0;"])
def test_files(serve, root, options):
    nginx = serve(server=f"location ~ html$ {{ abm on; root {root}; {options} }}")
    for answer in ask_twice(nginx.port, "/page.html"):
        assert has_length(answer) and not answer.has("Accept-Ranges") and not answer.has("Last-Modified")
        assert answer.get("Cache-Control") == "private, no-cache"
    for answer in ask_twice(nginx.port, "/large.html") if "limit_rate" not in options else []:
        assert is_chunked(answer, ALPHA_PAGE * 500)
    assert [line["bytes"] for line in nginx.visits() if line["path"] == "/page.html"] == [len(ALPHA_PAGE)] * 2


@pytest.mark.parametrize("directives", ["sub_filter Plain Plainer; sub_filter_last_modified on;", "charset utf-8;", "ssi on;",
                                        "add_header X-Length $sent_http_content_length; add_header X-Account $abm_account;"])
def test_files_through_other_filters(serve, root, directives):
    nginx = serve(server=f"location ~ html$ {{ abm on; root {root}; {directives} }}")
    page = ALPHA_PAGE.replace(b"Plain", b"Plainer") if "sub_filter" in directives else ALPHA_PAGE
    for answer in ask_twice(nginx.port, "/page.html"):
        assert has_length(answer, page)
        assert answer.get("X-Account") == ("alpha" if "X-Account" in directives else None)


def test_what_nginx_makes_itself(serve, tmp_path):
    folder = tmp_path / "listed" / "h1"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("x")
    nginx = serve(server=f"location /text {{ abm on; default_type text/html; return 200 '<h1>x</h1>'; }} "
                         f"location /h1/ {{ abm on; root {tmp_path}/listed; autoindex on; }}")
    for answer in ask_twice(nginx.port, "/text"):
        assert has_length(answer, b"<h1>Made for presses</h1>")
    for answer in ask_twice(nginx.port, "/h1/"):
        assert b"<h1>Made for presses</h1>" in answer.body and has_length(answer, answer.body)


def test_a_listing_that_cannot_be_made_is_an_error_page(serve, tmp_path):
    """autoindex passes the headers on, and fails afterwards: at a path that is too long."""
    levels = (4080 - len(str(tmp_path))) // 201
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        for _ in range(levels):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
        with open("f" * 255, "w", encoding="utf-8"):
            pass
    finally:
        os.chdir(here)
    deep = "/".join(["d" * 200] * levels)
    listing = f"abm on; alias {tmp_path}/{deep}/; autoindex on;"
    sorry = "return 200 '<h1>sorry</h1>';"
    nginx = serve(server=f"default_type text/html; location /deep/ {{ {listing} }} "
                         f"location /on/ {{ {listing} error_page 500 =200 /sorry-on; }} location /sorry-on {{ abm on; {sorry} }} "
                         f"location /off/ {{ {listing} error_page 500 =200 /sorry-off; }} location /sorry-off {{ abm off; {sorry} }} "
                         f"location /named/ {{ {listing} error_page 500 = @named; }} location @named {{ abm on; return 404; }}",
                  plain_server="")
    nginx.allowed.append("File name too long")
    for path, status, body in (("/deep/", 500, b"<h1>500 Internal Server Error</h1>"), ("/on/", 200, b"<h1>sorry</h1>"),
                               ("/off/", 200, b"<h1>sorry</h1>"), ("/named/", 404, b"<h1>404 Not Found</h1>")):
        answer = fetch(nginx.port, path, ip=ALPHA)
        assert answer.status == status and body in answer.body and has_length(answer, answer.body)
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    assert {(line["path"], line["skip"]) for line in nginx.visits()} == {("/", None), ("/on/", "error"), ("/off/", "off")}


@pytest.mark.parametrize("buffering", ["on", "off"])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_an_upstreams_page_that_comes_with_its_headers(serve, upstream, buffering, version):
    nginx = serve(http=f"proxy_buffering {buffering};")
    with Connection(nginx.port) as connection:
        for _ in range(3):
            connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Connection": "keep-alive"}, version=version)
            answer = connection.receive()
            assert has_length(answer) and answer.get("Connection") == "keep-alive"
    upstream.on("/", Reply(b"<h1>Made for everybody</h1>"))
    assert has_length(fetch(nginx.port, ip=ALPHA, method="POST", body=b"x=1"), b"<h1>Made for presses</h1>")


@pytest.mark.parametrize("cache", [False, True])
def test_an_upstreams_page_that_nginx_waits_for(serve, upstream, tmp_path, cache):
    nginx = serve(http=cache_zone(tmp_path) if cache else "")
    for i, parts in enumerate(([Sleep(0.05), PAGE], [PAGE[:100], Sleep(0.05), PAGE[100:]])):
        upstream.on(f"/{i}", Reply(parts=parts, length=len(PAGE)))
        for answer in ask_twice(nginx.port, f"/{i}"):
            assert has_length(answer)


@pytest.mark.parametrize("buffering", ["on", "off"])
@pytest.mark.parametrize("length", [True, False], ids=["announced", "chunked"])
def test_an_upstreams_page_in_pieces(serve, upstream, buffering, length):
    nginx = serve(http=f"proxy_buffering {buffering}; proxy_buffer_size 512; proxy_buffers 8 256; proxy_busy_buffers_size 512; "
                       f"proxy_http_version 1.1;")
    if length:
        upstream.on("/", Reply(parts=[PAGE * 5, Sleep(0.05), PAGE * 5], length=len(PAGE) * 10))
    else:
        upstream.on("/", Reply(parts=[b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE) * 10, PAGE * 10)],
                               headers={"Transfer-Encoding": "chunked"}))
    for answer in ask_twice(nginx.port):
        assert is_chunked(answer, ALPHA_PAGE * 10)
    answer = fetch(nginx.port, ip=ALPHA, version="1.0", headers={"Connection": "keep-alive"})
    assert answer.body == ALPHA_PAGE * 10 and not answer.has("Content-Length") and answer.get("Connection") == "close"


def test_a_page_of_several_buffers_that_is_there_at_once(serve, upstream):
    nginx = serve(http="proxy_buffer_size 4k; proxy_buffers 8 4k;")
    upstream.on("/", Reply(PAGE * 60))  # 22 KB
    for answer in ask_twice(nginx.port):
        assert answer.complete and answer.body == ALPHA_PAGE * 60  # with a length if all of it was there in time


@pytest.mark.parametrize("first", [0, 100])
@pytest.mark.parametrize("cache", [False, True])
def test_headers_do_not_wait_for_a_page_that_comes_later(serve, upstream, tmp_path, first, cache):
    nginx = serve(http="proxy_buffer_size 16k; proxy_buffers 8 16k;" + (cache_zone(tmp_path) if cache else ""))
    wait = Wait()
    # More than postpone_output, so that nginx sends them at once.
    upstream.on("/", Reply(parts=[PAGE[:first], wait, PAGE[first:]], length=len(PAGE), headers={"Link": "<" + "x" * 3000 + ">"}))
    with Connection(nginx.port) as connection:
        connection.send("GET", "/", {"X-Forwarded-For": ALPHA})
        assert connection.receive_until(b"\r\n\r\n") < 2
        wait.release()
        assert is_chunked(connection.receive())


def test_cache_entries(serve, upstream, tmp_path):
    nginx = serve(http=cache_zone(tmp_path, "add_header X-Cache $upstream_cache_status;"))
    upstream.on("/large", Reply(PAGE * 500))
    upstream.on("/encoded", Reply(gzip_bytes(PAGE), headers={"Content-Encoding": "gzip"}))
    upstream.on("/cut", Reply(parts=[PAGE[:100], Sleep(0.05), Die()], length=len(PAGE)))
    for path, page in (("/", ALPHA_PAGE), ("/large", ALPHA_PAGE * 500), ("/encoded", ALPHA_PAGE)):
        miss, hit = ask_twice(nginx.port, path)
        assert (miss.get("X-Cache"), hit.get("X-Cache")) == ("MISS", "HIT")
        assert miss.complete and miss.body == page
        assert is_chunked(hit, page) if path == "/large" else has_length(hit, page)
    for _ in range(2):
        answer = fetch(nginx.port, "/cut", ip=ALPHA)
        assert answer.get("X-Cache") == "MISS" and not answer.complete and answer.body == PAGE[:100].replace(b"everybody", b"presses")
    assert fetch(nginx.port, "/", ip=STRANGER).body == PAGE


def test_accelerated_redirect_to_a_file(serve, upstream, root):
    nginx = serve(server=f"location = /page.html {{ abm on; root {root}; }}")
    upstream.on("/first", Reply(b"", headers={"X-Accel-Redirect": "/page.html"}))
    for answer in ask_twice(nginx.port, "/first"):
        assert has_length(answer)


@pytest.mark.parametrize("http", ["", "proxy_buffering off;", "gzip on; gzip_min_length 1; gzip_proxied any;",
                                  "proxy_buffers 4 4k; proxy_busy_buffers_size 4k; proxy_max_temp_file_size 0;", "limit_rate 2m;"])
def test_announced_pages_in_many_pieces_for_slow_clients(serve, upstream, http):
    nginx = serve(listen="sndbuf=4k", http=http)
    body = PAGE * 600
    pieces = [body[at:at + 7001] for at in range(0, len(body), 7001)]
    upstream.on("/", Reply(parts=pieces, length=len(body)))
    with Connection(nginx.port, receive_buffer=4096) as connection:
        for _ in range(2):
            connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Accept-Encoding": "gzip"})
            answer = connection.receive()
            assert answer.complete and answer.text().encode() == ALPHA_PAGE * 600 and not answer.has("Content-Length")
        connection.send("GET", "/end", {"X-Forwarded-For": STRANGER, "Connection": "close"})
        assert connection.receive().status == 404
        assert connection.more() == b"" == connection.buffer
    assert [line["skip"] for line in nginx.visits(2)] == [None, None]


@pytest.mark.parametrize("listen", ["", "http2"])
def test_nothing_left_of_a_page(serve, upstream, own_site, listen):
    own_site.write_rules("""\
abm: rules/1
slots: { headline: h1 }
rules: [{ id: none, when: { account: alpha, path: /** }, rewrite: { headline: { remove: true } } }]
""")
    own_site.publish()
    nginx = serve(data=own_site.data, listen=listen)
    upstream.on("/", Reply(b"<h1>a</h1>"))
    if not listen:
        for answer in ask_twice(nginx.port):
            assert has_length(answer, b"")
        return
    with pytest.importorskip("harness.http2").Http2(nginx.port) as connection:
        streams = [connection.get("/", ALPHA) for _ in range(3)]
        connection.receive_all()
        assert not connection.reset
        assert [(connection.bodies[stream], connection.heads[stream]["content-length"]) for stream in streams] == [(b"", "0")] * 3


LUA = """location = /page {{ abm on; default_type text/html; content_by_lua_block {{ {} }} }}"""


@pytest.fixture
def lua(serve):
    if not (MODULES / "ndk_http_module.so").exists():
        pytest.skip("nginx's lua module is not installed")

    def start(body, **arguments):
        return serve(load=False, main=f"load_module {MODULES}/ndk_http_module.so; {with_module('lua')} load_module {MODULE};",
                     server=LUA.format(body), plain_server="location = /page { return 404; }", **arguments)
    return start


HALVES = "ngx.print('<h1>a</h1><p>b') ngx.flush(true) ngx.print('</p>')"
HALVES_PAGE = b"<h1>Made for presses</h1><p>b</p>"


def test_the_announced_length_ends_a_page_before_nginx_does(lua):
    nginx = lua(f"ngx.header.content_length = 18 {HALVES} ngx.flush(true) ngx.sleep(3)")
    with Connection(nginx.port) as connection:
        connection.send("GET", "/page", {"X-Forwarded-For": ALPHA})
        assert connection.receive_until(b"\r\n0\r\n\r\n") < 2
        assert is_chunked(connection.receive(), HALVES_PAGE)
        connection.send("GET", "/page", {"X-Forwarded-For": ALPHA, "Connection": "close"})
        assert is_chunked(connection.receive(), HALVES_PAGE)
        assert connection.more() == b"" == connection.buffer
    assert [line["rules"][0]["slots"]["headline"] for line in nginx.visits(2)] == ["applied"] * 2


def test_the_announced_length_ends_a_stream(lua):
    http2 = pytest.importorskip("harness.http2")
    nginx = lua(f"ngx.header.content_length = 18 {HALVES} ngx.flush(true) ngx.sleep(1) ngx.print('more')", listen="http2")
    with http2.Http2(nginx.port) as connection:
        for _ in range(2):
            stream = connection.get("/page", ALPHA)
            connection.receive_all(seconds=0.9)
            assert connection.bodies[stream] == HALVES_PAGE and not connection.reset
            assert "content-length" not in connection.heads[stream]
        stream = connection.get("/", ALPHA)
        connection.receive_all()
        assert connection.bodies[stream] == ALPHA_PAGE and connection.heads[stream]["content-length"] == LENGTH


@pytest.mark.parametrize("body", [f"ngx.header.content_length = 18 {HALVES} ngx.print('more') ngx.flush(true) ngx.print('<h1>more</h1>')",
                                  "ngx.header.content_length = 18 ngx.print('<h1>a</h1><p>b</p>and') ngx.print('more') ngx.flush(true) "
                                  "ngx.sleep(0.1) ngx.print('more')",
                                  "ngx.header.content_length = 18 ngx.print('<h1>a</h1><p>b</p>and more') ngx.eof() ngx.sleep(0.1)"])
def test_what_comes_behind_the_announced_length_is_no_part_of_the_page(lua, body):
    nginx = lua(body)
    for answer in ask_twice(nginx.port, "/page"):
        assert answer.complete and answer.body == HALVES_PAGE


def test_less_than_announced_has_no_length(lua):
    answer = fetch(lua("ngx.header.content_length = 99 ngx.print('<h1>a</h1>')").port, "/page", ip=ALPHA)
    assert answer.body == b"<h1>Made for presses</h1>" and not answer.has("Content-Length")


@pytest.mark.parametrize("flush", ["", "ngx.flush(true)"])
def test_a_handler_that_fails_behind_its_headers(lua, flush):
    """Where they are on their way, nobody can take them back. Where they are not, nginx says what happened."""
    nginx = lua(f"ngx.send_headers() {flush} error('no page today')")
    nginx.allowed.append("no page today")
    try:
        answer = fetch(nginx.port, "/page", ip=ALPHA)
        assert not answer.complete or answer.status == 500
    except ConnectionError:
        pass  # nothing at all
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    assert {line["path"]: line["skip"] for line in nginx.visits()}.get("/page") in (None, "aborted", "error")


def test_headers_alone_leave_with_a_flush(lua):
    nginx = lua("ngx.send_headers() ngx.flush(true) ngx.sleep(1) ngx.print('<h1>a</h1>')")
    with Connection(nginx.port) as connection:
        connection.send("GET", "/page", {"X-Forwarded-For": ALPHA})
        assert connection.receive_until(b"\r\n\r\n") < 0.9
        assert is_chunked(connection.receive(), b"<h1>Made for presses</h1>")


@pytest.mark.parametrize("buffering", ["on", "off"])
@pytest.mark.parametrize("apart", [False, True])
def test_an_upstream_that_sends_more_than_it_announced(serve, upstream, buffering, apart):
    nginx = serve(http=f"proxy_buffering {buffering};")
    end = PAGE.index(b"<p>The end")
    upstream.on("/", Reply(parts=[PAGE[:end], Sleep(0.05), PAGE[end:]] if apart else [PAGE], length=end))
    assert fetch(nginx.plain_port).body == PAGE[:end]
    for answer in ask_twice(nginx.port):
        assert answer.complete and answer.body == ALPHA_PAGE[:ALPHA_PAGE.index(b"<p>The end")]


@pytest.mark.parametrize("buffering", ["on", "off"])
@pytest.mark.parametrize("at_once", [True, False])
def test_an_upstream_that_dies_is_noticed_at_whatever_point(serve, upstream, buffering, at_once):
    nginx = serve(http=f"proxy_buffering {buffering};")
    for cut in range(0, len(PAGE) + 1, 13):
        parts = [PAGE[:cut], Sleep(0.003), Die()]
        upstream.on("/", Reply(parts=parts if at_once else [Sleep(0.003), *parts], length=len(PAGE)))
        try:
            answer = fetch(nginx.port, ip=ALPHA)
        except ConnectionError:
            assert cut == 0
            continue
        assert answer.complete == (cut == len(PAGE)), cut
        assert cut < len(PAGE) or answer.body == ALPHA_PAGE
    upstream.on("/", Reply(parts=[PAGE, Die()], length=len(PAGE)))
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE


ADDED = {"after": "add_after_body /after;", "before": "add_before_body /after;", "both": "add_before_body /after; add_after_body /after;"}


@pytest.mark.parametrize("where", ADDED)
@pytest.mark.parametrize("static", [False, True])
def test_additions_come_before_the_one_end(serve, upstream, root, where, static):
    origin = f"root {root};" if static else f"proxy_pass http://127.0.0.1:{upstream.port};"
    nginx = serve(server=f"location = /page.html {{ abm on; {ADDED[where]} {origin} }} "
                         f"location = /after {{ default_type text/html; return 200 '<h1>added</h1>'; }}")
    upstream.on("/page.html", Reply(PAGE))
    added = b"<h1>Made for presses</h1>"
    wanted = (added if where != "after" else b"") + ALPHA_PAGE + (added if where != "before" else b"")
    for answer in ask_twice(nginx.port, "/page.html"):
        assert is_chunked(answer, wanted)


@pytest.mark.parametrize("static", [False, True])
def test_included_parts_come_before_the_one_end(serve, upstream, root, static):
    page = b'<!--# include virtual="/part" --><p>x</p><!--# include virtual="/part" wait="yes" --><h1>y</h1>'
    (root / "ssi.html").write_bytes(page)
    origin = f"root {root};" if static else f"proxy_pass http://127.0.0.1:{upstream.port};"
    nginx = serve(server=f"location = /ssi.html {{ abm on; ssi on; {origin} }}")
    upstream.on("/ssi.html", Reply(page))
    upstream.on("/part", Reply(parts=[b"<h1>pa", Sleep(0.02), b"rt</h1>"], length=13))
    made = b"<h1>Made for presses</h1>"
    for answer in ask_twice(nginx.port, "/ssi.html"):
        assert is_chunked(answer, made + b"<p>x</p>" + made + made)


def test_mirror_and_auth_request_of_a_file(serve, upstream, root):
    nginx = serve(server=f"location = /page.html {{ abm on; auth_request /auth; mirror /mirror; root {root}; }} "
                         f"location = /auth {{ return 204; }} location = /mirror {{ proxy_pass http://127.0.0.1:{upstream.port}/; }}")
    for answer in ask_twice(nginx.port, "/page.html"):
        assert has_length(answer)


@pytest.mark.parametrize("static", [False, True])
def test_trailers_come_behind_the_page(serve, upstream, root, static):
    origin = f"root {root};" if static else f"proxy_pass http://127.0.0.1:{upstream.port};"
    nginx = serve(server=f"location = /page.html {{ abm on; add_trailer X-Trail $request_method; {origin} }}")
    upstream.on("/page.html", Reply(PAGE))
    with Connection(nginx.port) as connection:
        for _ in range(2):
            connection.send("GET", "/page.html", {"X-Forwarded-For": ALPHA, "TE": "trailers"})
            assert is_chunked(connection.receive()) and connection.trailers == ["X-Trail: GET"]


@pytest.mark.parametrize("min_length", [len(ALPHA_PAGE) - 1, len(ALPHA_PAGE) + 1])
@pytest.mark.parametrize("static", [False, True])
def test_gzip_min_length_goes_by_the_page_that_is_sent(serve, upstream, root, min_length, static):
    origin = f"root {root};" if static else f"proxy_pass http://127.0.0.1:{upstream.port};"
    nginx = serve(server=f"gzip on; gzip_proxied any; gzip_min_length {min_length}; location = /page.html {{ abm on; {origin} }}")
    upstream.on("/page.html", Reply(PAGE))
    for answer in ask_twice(nginx.port, "/page.html", {"Accept-Encoding": "gzip"}):
        if min_length > len(ALPHA_PAGE):
            assert has_length(answer) and not answer.has("Content-Encoding")
        else:
            assert answer.get("Content-Encoding") == "gzip" and not answer.has("Content-Length")
            assert answer.complete and answer.text().encode() == ALPHA_PAGE


def test_head_says_no_length(serve, root):
    nginx = serve(server=f"location = /page.html {{ abm on; root {root}; }}")
    for path in ("/", "/page.html"):
        with Connection(nginx.port) as connection:
            for method in ("HEAD", "GET", "HEAD"):
                connection.send(method, path, {"X-Forwarded-For": ALPHA})
                answer = connection.receive(method)
                assert answer.status == 200 and answer.has("Content-Length") == (method == "GET")
            assert connection.buffer == b""


def test_slices_end_once(serve, upstream):
    nginx = serve(server="location /sliced { abm on; slice 1k; proxy_set_header Range $slice_range; "
                         "proxy_http_version 1.1; proxy_pass http://127.0.0.1:%d; }" % upstream.port)
    body = PAGE * 20

    def part(request):
        first, last = (int(x) for x in request.headers["range"].removeprefix("bytes=").split("-"))
        last = min(last, len(body) - 1)
        return Reply(body[first:last + 1], "206 Partial Content", {"Content-Range": f"bytes {first}-{last}/{len(body)}"})
    upstream.on("/sliced", part)
    for answer in ask_twice(nginx.port, "/sliced"):
        assert is_chunked(answer, ALPHA_PAGE * 20)


def test_lengths_over_http2(serve, upstream, root):
    http2 = pytest.importorskip("harness.http2")
    nginx = serve(listen="http2", server=f"location ~ html$ {{ abm on; root {root}; }}")
    upstream.on("/later", Reply(parts=[PAGE[:100], Sleep(0.05), PAGE[100:]], length=len(PAGE)))  # its headers leave at once
    wanted = {"/": (ALPHA_PAGE, LENGTH), "/page.html": (ALPHA_PAGE, LENGTH), "/later": (ALPHA_PAGE, None),
              "/large.html": (ALPHA_PAGE * 500, None)}
    with http2.Http2(nginx.port) as connection:
        streams = {connection.get(path, ALPHA): path for _ in range(5) for path in wanted}
        connection.receive_all()
        assert not connection.reset
        for stream, path in streams.items():
            assert (connection.bodies[stream], connection.heads[stream].get("content-length")) == wanted[path]
