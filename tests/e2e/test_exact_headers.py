"""What curl shows of a personalized page, header by header."""

import re
import shutil
import subprocess

import pytest

from harness.site import ALPHA, ALPHA_PAGE, BETA, PAGE
from harness.upstream import Reply, Wait

from test_http import ORIGIN, origin

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

GZIP = "gzip on; gzip_min_length 1; gzip_proxied any; gzip_vary on;"


def curl(port, *arguments, ip=ALPHA, path="/"):
    """Status line and headers without server and time of day, with entity tags as W/"abm-…", and the body."""
    done = subprocess.run(["curl", "-sS", "-i", "--max-time", "10", "-H", f"X-Forwarded-For: {ip}", *arguments,
                           f"http://127.0.0.1:{port}{path}"], capture_output=True, check=True, timeout=20)
    head, body = done.stdout.split(b"\r\n\r\n", 1)
    lines = [re.sub(r'W/"abm-[0-9a-f]{16}"', 'W/"abm-…"', line) for line in head.decode().split("\r\n")]
    return [line.rstrip() for line in lines if not re.match(r"(?i)(server|date):", line)], body


# The upstream's page comes with its headers, so that its length is known in time.
LENGTH = f"Content-Length: {len(ALPHA_PAGE)}"
PERSONALIZED = ["Content-Type: text/html; charset=utf-8", LENGTH, "Connection: keep-alive", "Vary: Cookie", 'ETag: W/"abm-…"',
                "Cache-Control: private, no-cache"]
CHUNKED = ["Transfer-Encoding: chunked" if line == LENGTH else line for line in PERSONALIZED]
UNFRAMED = [line for line in PERSONALIZED if line != LENGTH]


def in_any_order(lines):
    return lines[0], sorted(lines[1:])


def expect(lines, status, headers):
    assert in_any_order(lines) == (status, sorted(headers))


@pytest.fixture
def nginx(serve, upstream):
    upstream.on("/", origin())
    return serve(http=GZIP)


def test_get(nginx):
    lines, body = curl(nginx.port)
    expect(lines, "HTTP/1.1 200 OK", PERSONALIZED + ["Vary: Accept-Encoding"])
    assert body == ALPHA_PAGE


def test_get_of_a_page_whose_length_nobody_knows(nginx, upstream):
    upstream.on("/", lambda _: Reply(PAGE, headers=ORIGIN, length=False))
    lines, body = curl(nginx.port)
    expect(lines, "HTTP/1.1 200 OK", CHUNKED + ["Vary: Accept-Encoding"])
    assert body == ALPHA_PAGE


def test_head_says_the_same_but_for_the_framing(nginx):
    lines, body = curl(nginx.port, "-I")
    expect(lines, "HTTP/1.1 200 OK", UNFRAMED + ["Vary: Accept-Encoding"])
    assert body == b""


def test_own_etag_gives_304_and_the_plain_one_the_page(nginx):
    tag = re.search(rb'ETag: (W/"abm-[0-9a-f]+")', subprocess.run(
        ["curl", "-sS", "-I", "-H", f"X-Forwarded-For: {ALPHA}", f"http://127.0.0.1:{nginx.port}/"], capture_output=True,
        check=True).stdout)[1].decode()
    lines, body = curl(nginx.port, "-H", f"If-None-Match: {tag}")
    expect(lines, "HTTP/1.1 304 Not Modified", ["Connection: keep-alive", "Vary: Cookie", 'ETag: W/"abm-…"',
                                                "Cache-Control: private, no-cache"])
    assert body == b""
    for other in ('"v1"', 'W/"v1"', tag[:-2] + '0"' if tag[-2] != "0" else tag[:-2] + '1"'):
        lines, body = curl(nginx.port, "-H", f"If-None-Match: {other}")
        expect(lines, "HTTP/1.1 200 OK", PERSONALIZED + ["Vary: Accept-Encoding"])
        assert body == ALPHA_PAGE
    assert curl(nginx.port, "-H", f"If-None-Match: {tag}", ip=BETA)[0][0] == "HTTP/1.1 200 OK"


@pytest.mark.parametrize("value", ["bytes=10-19", "bytes=-5", "bytes=0-0,5-9", "bytes=999999-"])
def test_range_gives_the_whole_page(nginx, value):
    lines, body = curl(nginx.port, "-H", f"Range: {value}")
    expect(lines, "HTTP/1.1 200 OK", PERSONALIZED + ["Vary: Accept-Encoding"])
    assert body == ALPHA_PAGE


def test_compressed(nginx):
    lines, body = curl(nginx.port, "--compressed")
    expect(lines, "HTTP/1.1 200 OK", CHUNKED + ["Vary: Accept-Encoding", "Content-Encoding: gzip"])
    assert body == ALPHA_PAGE


def test_http_1_0(nginx):
    lines, body = curl(nginx.port, "--http1.0")
    expect(lines, "HTTP/1.1 200 OK", ["Connection: close" if line.startswith("Connection") else line for line in PERSONALIZED]
           + ["Vary: Accept-Encoding"])
    assert body == ALPHA_PAGE


def test_http_2(serve, upstream):
    upstream.on("/", origin())
    lines, body = curl(serve(http=GZIP, listen="http2").port, "--http2-prior-knowledge")
    expect(lines, "HTTP/2 200", [re.sub("^[A-Za-z-]+", lambda name: name[0].lower(), line) for line in PERSONALIZED
                                 if not line.startswith("Connection")] + ["vary: Accept-Encoding"])
    assert body == ALPHA_PAGE


def test_headers_and_the_page_so_far_arrive_while_the_upstream_stalls(serve, upstream):
    nginx = serve(http="proxy_buffering off;")
    wait = Wait()
    cut = PAGE.index(b'<a data-abm-slot="cta" href') + 9
    upstream.on("/", Reply(parts=[PAGE[:cut], wait, PAGE[cut:]], headers={"ETag": '"v1"', "Content-Length": str(len(PAGE))}))
    with subprocess.Popen(["curl", "-sS", "-i", "-N", "-H", f"X-Forwarded-For: {ALPHA}", f"http://127.0.0.1:{nginx.port}/"],
                          stdout=subprocess.PIPE) as process:
        seen = b""
        while b"Some text &amp; more.</p>" not in seen:
            seen += process.stdout.read1()
        head = seen.split(b"\r\n\r\n")[0].decode()
        assert "Content-Length" not in head and "Transfer-Encoding: chunked" in head and "Cache-Control: private, no-cache" in head
        assert seen.endswith(ALPHA_PAGE[:ALPHA_PAGE.index(b'<a data-abm-slot="cta" href')][-20:])
        wait.release()
        rest = process.stdout.read()
    assert (seen + rest).split(b"\r\n\r\n", 1)[1] == ALPHA_PAGE
