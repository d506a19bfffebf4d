"""Spliced answers on every way that nginx has: their pages, their headers, and what nginx's own filter would have done."""

import os
import ssl
import zlib

import pytest

from harness.client import Connection, fetch
from harness.gzipped import GZIP, compressed, long_page, spliced, with_gzip
from harness.http3 import certificate
from harness.places import DECODES, MODULE, free_port
from harness.recalling import RACY, personalized, recalls
from harness.site import ALPHA, BETA, PAGE, STRANGER
from harness.upstream import Reply, Sleep, brotli_bytes, gzip_bytes, split_everywhere, zstd_bytes
from harness.waiting import wait_for

from test_nginx_features import unbrotli, with_module

LONG = long_page(6000)


@pytest.fixture
def compressing(serve):
    return with_gzip(serve)


def headers_of(answer):
    return [(name, value) for name, value in answer.visible_headers() if name != "X-Time"]


def wait_until_spliced(nginx, path, **how):
    """Asks until an answer is spliced. All of them are the same page as without compression, with nginx's headers."""
    how = {"ip": ALPHA, **how, "headers": {**GZIP, **how.get("headers", {})}}
    plain = fetch(nginx.port, path, **{**how, "headers": {**how["headers"], "Accept-Encoding": "identity"}})
    assert plain.status == 200 and not plain.has("Content-Encoding") and b"Made for presses" in plain.body
    seen = []

    def asked():
        before = spliced(nginx)
        answer = fetch(nginx.port, path, **how)
        assert compressed(answer) == plain.body
        seen.append(answer)
        return spliced(nginx) > before
    wait_for(asked, seconds=20)
    assert headers_of(seen[-1]) == headers_of(seen[0])
    return seen[-1]


UP = "proxy_pass http://127.0.0.1:UPSTREAM"
PROXIED = {
    "as usual": f"location /w {{ abm on; {UP}/long; }}",
    "unbuffered": f"location /w {{ abm on; proxy_buffering off; {UP}/long; }}",
    "tiny buffers": f"location /w {{ abm on; proxy_buffer_size 1k; proxy_buffers 4 1k; proxy_busy_buffers_size 1k; {UP}/long; }}",
    "no temporary files": f"location /w {{ abm on; proxy_max_temp_file_size 0; {UP}/long; }}",
    "much is put off": f"location /w {{ abm on; postpone_output 300000; {UP}/long; }}",
    "nothing is put off": f"location /w {{ abm on; postpone_output 0; {UP}/long; }}",
    "slowly": f"location /w {{ abm on; limit_rate 90k; limit_rate_after 1k; {UP}/long; }}",
    "odd gzip settings": f"location /w {{ abm on; gzip_buffers 1 600; gzip_window 4k; gzip_hash 4k; {UP}/long; }}",
    "best compression": f"location /w {{ abm on; gzip_comp_level 9; {UP}/long; }}",
    "no chunks": f"location /w {{ abm on; chunked_transfer_encoding off; {UP}/long; }}",
    "no keep-alive": f"location /w {{ abm on; keepalive_timeout 0; {UP}/long; }}",
    "no entity tags, but expiry": f"location /w {{ abm on; etag off; expires 1h; {UP}/long; }}",
    "trailers": f"location /w {{ abm on; add_trailer X-End yes; {UP}/long; }}",
    "more headers": f"location /w {{ abm on; add_header X-More yes; gzip_vary on; {UP}/long; }}",
    "subrequests before": f"location /w {{ abm on; auth_request /auth; mirror /mirror; {UP}/long; }}",
    "a request after": f"location /w {{ abm on; post_action /auth; {UP}/long; }}",
    "additions": f"location /w {{ abm on; add_before_body /part; add_after_body /part; {UP}/long; }}",
    "a subrequest inside": f"location /w {{ abm on; ssi on; {UP}/include; }}",
    "replacements": f"location /w {{ abm on; sub_filter '<p>press' '<p id=x>press'; sub_filter_once off; {UP}/long; }}",
    "another charset": f"location /w {{ abm on; charset utf-8; {UP}/latin; }}",
    "an internal redirect": f"location /w {{ proxy_pass http://127.0.0.1:UPSTREAM/accel; }} location /second {{ abm on; internal; {UP}/long; }}",
    "an error page": f"location /w {{ proxy_intercept_errors on; error_page 404 =200 /second; {UP}/gone; }} "
                     f"location /second {{ abm on; internal; {UP}/long; }}",
    "nothing there": f"location /w {{ root html; try_files $uri @second; }} location @second {{ abm on; rewrite ^ /long break; "
                     "proxy_pass http://127.0.0.1:UPSTREAM; }",
    "a cache": f"location /w {{ abm on; proxy_cache pages; proxy_cache_valid 1h; {UP}/long; }}",
    "settings of an if": f"location /w {{ abm on; gzip off; if ($http_accept_encoding) {{ gzip on; rewrite ^ /long break; {UP}; }} rewrite ^ /long break; {UP}; }}",
    "nested settings": f"location /w {{ abm on; gzip_comp_level 9; location /w {{ gzip_comp_level 2; {UP}/long; }} }}",
    "chunks of an upstream": f"location /w {{ abm on; proxy_http_version 1.1; {UP}/chunked; }}",
    "pieces": f"location /w {{ abm on; proxy_buffering off; {UP}/pieces; }}",
    "an encoded upstream": f"location /w {{ abm on; {UP}/gzip; }}",
    "an encoded upstream, unbuffered": f"location /w {{ abm on; proxy_buffering off; gunzip on; {UP}/gzip; }}",
}
CACHE = "proxy_cache_path cache keys_zone=pages:1m;"


def chunked(parts):
    return [b"%x\r\n%s\r\n" % (len(part), part) for part in parts] + [b"0\r\n\r\n"]


def serve_pages(upstream):
    parts = [LONG[at:at + 7000] for at in range(0, len(LONG), 7000)]
    upstream.on("/long", Reply(LONG, headers={"ETag": '"v1"', "Accept-Ranges": "bytes"}))
    upstream.on("/include", Reply(LONG.replace(b"<p>Some", b'<!--# include virtual="/part" --><p>Some')))
    upstream.on("/part", Reply(b"<p>A part.</p>"))
    upstream.on("/latin", Reply(LONG.replace(b"everybody", b"everybody\xe9"), content_type="text/html; charset=iso-8859-1"))
    upstream.on("/auth", Reply(b""))
    upstream.on("/mirror", Reply(b""))
    upstream.on("/gone", Reply(b"gone", "404 Not Found"))
    upstream.on("/accel", Reply(b"", headers={"X-Accel-Redirect": "/second"}))
    upstream.on("/chunked", Reply(parts=chunked(parts), headers={"Transfer-Encoding": "chunked"}))
    upstream.on("/pieces", Reply(parts=[step for part in parts for step in (part, Sleep(0.002))]))
    upstream.on("/gzip", lambda request: Reply(gzip_bytes(LONG), headers={"Content-Encoding": "gzip"}))


def extra(upstream):
    return f"location = /auth {{ internal; proxy_pass http://127.0.0.1:{upstream.port}/auth; }} " \
           f"location = /mirror {{ internal; proxy_pass http://127.0.0.1:{upstream.port}/mirror; }} "


@pytest.mark.parametrize("way", PROXIED)
def test_a_proxied_page_is_the_same_on_every_way(compressing, upstream, way):
    serve_pages(upstream)
    nginx = compressing(http=f"abm_gzip always; {CACHE}", server=extra(upstream) + PROXIED[way].replace("UPSTREAM", str(upstream.port)))
    answer = wait_until_spliced(nginx, "/w")
    if way == "trailers":
        assert answer.complete
    told = nginx.status()["gzip"]
    if "unbuffered" not in way and way != "pieces":  # there every piece is flushed, wherever it ends
        assert told["reused_bytes"] > 5 * told["deflated_bytes"]
    assert nginx.status()["out_of_memory"] == 0


FILES = {
    "as usual": "", "sendfile": "sendfile on; tcp_nopush on;", "no sendfile": "sendfile off; output_buffers 1 512;", "threads": "aio threads; sendfile on;",
    "direct": "directio 512; aio threads;", "open files": "open_file_cache max=10; open_file_cache_min_uses 1;", "gzip_static": "gzip_static on;",
    "includes": "ssi on;", "replacements": "sub_filter press lathe; sub_filter_once off;", "a charset": "charset utf-8;",
    "an addition": "add_before_body /part;",
}


@pytest.mark.parametrize("way", FILES)
def test_a_file_is_the_same_on_every_way(compressing, upstream, tmp_path, way):
    serve_pages(upstream)
    root = tmp_path / "root"
    root.mkdir()
    root.chmod(0o755)
    page = root / "w.html"
    page.write_bytes(LONG.replace(b"<p>Some", b'<!--# set var="a" value="b" --><p>Some'))
    old = page.stat().st_mtime - 10 * RACY
    os.utime(page, (old, old))
    nginx = compressing(http="abm_gzip always;", server=f"location = /w.html {{ abm on; root {root}; {FILES[way]} }}")
    wait_until_spliced(nginx, "/w.html")
    before = spliced(nginx)
    other = root / "other.html"
    other.write_bytes(LONG + b"<p>More.</p>")
    other.rename(page)
    for _ in range(6):
        answer = fetch(nginx.port, "/w.html", ip=ALPHA, headers=GZIP)
        text = compressed(answer)
        assert text == fetch(nginx.port, "/w.html", ip=ALPHA).body and (b"More." in text) == (way != "open files")
    assert spliced(nginx) >= before


@pytest.mark.parametrize("coding,encode", [("br", brotli_bytes), ("zstd", zstd_bytes)])
def test_upstreams_with_other_encodings(compressing, upstream, coding, encode):
    if coding not in DECODES:
        pytest.skip(f"{coding} is not built in")
    upstream.on("/", Reply(encode(LONG), headers={"Content-Encoding": coding}))
    wait_until_spliced(compressing(http="abm_gzip always;"), "/")


def test_requests_that_get_no_page(compressing, upstream):
    upstream.on("/", Reply(LONG, headers={"ETag": '"v1"', "Accept-Ranges": "bytes", "Last-Modified": "Sun, 22 Nov 2026 03:00:00 GMT"}))
    nginx = compressing(http="abm_gzip always;", server="gzip_vary on;")
    last = wait_until_spliced(nginx, "/")
    before = spliced(nginx)
    head = fetch(nginx.port, ip=ALPHA, method="HEAD", headers=GZIP)
    assert head.status == 200 and not head.body
    etag = last.get("ETag")
    assert etag.startswith('W/"')
    for name, value in (("If-None-Match", etag), ("If-None-Match", "*")):
        again = fetch(nginx.port, ip=ALPHA, headers={**GZIP, name: value})
        assert (again.status, again.body) == (304, b"")
    assert spliced(nginx) == before
    for more in ({"Range": "bytes=5-9"}, {"Range": "bytes=5-9", "If-Range": etag}, {"If-None-Match": '"v1"'},
                 {"If-Modified-Since": "Sun, 22 Nov 2026 03:00:00 GMT"}):
        answer = fetch(nginx.port, ip=ALPHA, headers={**GZIP, **more})
        assert answer.status == 200 and compressed(answer) == personalized(LONG), more
    old = fetch(nginx.port, ip=ALPHA, headers=GZIP, version="1.0")
    assert old.body == personalized(LONG) and not old.has("Content-Encoding"), "nginx does not compress for HTTP/1.0"


def test_http_1_0(compressing, upstream):
    upstream.on("/", Reply(LONG))
    nginx = compressing(http="abm_gzip always; gzip_http_version 1.0;")
    wait_until_spliced(nginx, "/", version="1.0")
    wait_until_spliced(nginx, "/", version="1.0", headers={"Connection": "keep-alive"})


def test_pipelined_requests_on_one_connection(compressing, upstream):
    upstream.on("/", Reply(LONG))
    nginx = compressing(http="abm_gzip always;")
    wait_until_spliced(nginx, "/")
    before = spliced(nginx)
    wanted = {ALPHA: personalized(LONG), BETA: LONG.replace(b"Made for everybody", b"Made for grids"), STRANGER: LONG}
    visitors = [ALPHA, BETA, STRANGER, ALPHA, ALPHA, BETA] * 4
    with Connection(nginx.port) as connection:
        for ip in visitors:
            connection.send("GET", "/", {"X-Forwarded-For": ip, **GZIP})
        for ip in visitors:
            assert compressed(connection.receive()) == wanted[ip]
    assert spliced(nginx) == before + sum(ip != STRANGER for ip in visitors)


def test_over_tls(compressing, upstream, tmp_path):
    upstream.on("/", Reply(LONG))
    port = free_port()
    nginx = compressing(http="abm_gzip always; ssl_buffer_size 700;", server=f"listen 127.0.0.1:{port} ssl; {certificate(tmp_path)}")
    wait_until_spliced(nginx, "/")
    before = spliced(nginx)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for _ in range(4):
        with Connection(port) as connection:
            connection.socket = context.wrap_socket(connection.socket)
            connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Connection": "close", **GZIP})
            assert compressed(connection.receive()) == personalized(LONG)
    assert spliced(nginx) == before + 4


@pytest.mark.parametrize("window", [1, 700, 65535])
def test_over_http_2(compressing, upstream, window):
    http2 = pytest.importorskip("harness.http2").Http2
    page = LONG if window > 1 else long_page(300)
    upstream.on("/", Reply(page))
    port = free_port()
    nginx = compressing(http="abm_gzip always; http2_chunk_size 600;", server=f"listen 127.0.0.1:{port} http2;")
    wait_until_spliced(nginx, "/")
    before = spliced(nginx)
    with http2(port, window=window) as connection:
        streams = [connection.get("/", ALPHA, [("accept-encoding", "gzip")]) for _ in range(20)]
        doomed = set(streams[::4])

        def grant(stream, size):
            if stream in doomed and len(connection.bodies[stream]) > 100:
                connection.cancel(stream)
                return 0
            return max(size, 1)
        connection.receive_all(grant)
        for stream in set(streams) - doomed:
            assert connection.heads[stream]["content-encoding"] == "gzip"
            decoder = zlib.decompressobj(31)
            assert decoder.decompress(connection.bodies[stream]) == personalized(page) and decoder.eof
    assert spliced(nginx) == before + 20
    assert nginx.status()["exceptions"] == 0


@pytest.mark.parametrize("ours_last", [True, False])
def test_beside_brotli(compressing, upstream, ours_last):
    brotli = with_module("brotli_filter")
    upstream.on("/", Reply(LONG))
    nginx = compressing(load=False, main=f"{brotli} load_module {MODULE};" if ours_last else f"load_module {MODULE}; {brotli}",
                        http="abm_gzip always; brotli on; brotli_min_length 1;")
    if ours_last:
        wait_until_spliced(nginx, "/")
    for accepted in ("gzip, br", "br", "br;q=1, gzip;q=0.5"):
        for _ in range(4):
            before = spliced(nginx)
            answer = fetch(nginx.port, ip=ALPHA, headers={"Accept-Encoding": accepted})
            coding = answer.get("Content-Encoding")
            body = {"br": unbrotli, "gzip": lambda body: compressed(answer), None: lambda body: body}[coding](answer.body)
            assert answer.complete and body in ((personalized(LONG),) if ours_last else (personalized(LONG), LONG))
            if coding == "br":
                assert spliced(nginx) == before
    assert compressed(fetch(nginx.port, ip=ALPHA, headers=GZIP)) == personalized(LONG)


def test_every_level_has_its_own_pages(compressing, upstream):
    upstream.on("/", Reply(LONG))
    levels = range(1, 10)
    nginx = compressing(http="abm_gzip always;", server="".join(
        f"location /level-{level} {{ abm on; gzip_comp_level {level}; {UP}/; }} ".replace("UPSTREAM", str(upstream.port)) for level in levels))
    for level in levels:
        wait_until_spliced(nginx, f"/level-{level}")


def test_every_byte_may_be_flushed(compressing, upstream):
    page = long_page(20)
    upstream.on("/", Reply(page))
    nginx = compressing(http="abm_gzip always;", server="proxy_buffering off;")
    wait_until_spliced(nginx, "/")
    upstream.on("/", Reply(parts=split_everywhere(page), length=len(page)))
    answer = fetch(nginx.port, ip=ALPHA, headers=GZIP)
    assert compressed(answer) == personalized(page)
    assert recalls(nginx)[-1] == "whole"
    upstream.on("/", Reply(parts=split_everywhere(page[:900] + b"<i>x</i>" + page[900:]), length=len(page) + 8))
    assert compressed(fetch(nginx.port, ip=ALPHA, headers=GZIP)) == personalized(page[:900] + b"<i>x</i>" + page[900:])
    assert PAGE.split(b"<p>")[0] in page
