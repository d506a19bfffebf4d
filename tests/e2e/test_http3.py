"""HTTP/3: what visitors get over QUIC is what they get over TCP, byte for byte, and so is what is logged."""

import concurrent.futures

import pytest

from harness.client import fetch
from harness.http3 import certificate, fetch_quic, missing
from harness.nginx import ABM, STATUS
from harness.places import free_port
from harness.site import ALPHA, ALPHA_PAGE, BETA, BETA_PAGE, PAGE, RIVAL, STRANGER, Site
from harness.upstream import Reply, Sleep, gzip_bytes

WHY_NOT = missing()
pytestmark = pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))

PAGES = [(ALPHA, ALPHA_PAGE), (BETA, BETA_PAGE), (STRANGER, PAGE), (RIVAL, PAGE)]


@pytest.fixture
def quic(serve, site, tmp_path):
    """nginx whose servers also listen for QUIC, on `quic` and `plain_quic`; versions of requests are in versions.log."""
    def start(server="", data=None, **arguments):
        ports = [free_port(), free_port()]
        data = data or site.data
        tls = certificate(tmp_path)
        listens = [f"listen 127.0.0.1:{port} quic; {tls}" for port in ports]
        abm = ABM.format(data=data) + "\n log_format version '$server_protocol $abm_account'; access_log versions.log version;"
        nginx = serve(data=data, abm=abm, server=f"{listens[0]} {server}", plain_server=listens[1], **arguments)
        nginx.quic, nginx.plain_quic = ports
        return nginx

    return start


@pytest.mark.parametrize("ip,page", PAGES)
def test_each_visitor_gets_over_quic_what_it_gets_over_tcp(quic, ip, page):
    nginx = quic()
    answer, tcp = fetch_quic(nginx.quic, ip=ip), fetch(nginx.port, ip=ip)
    assert answer.complete and answer.status == 200 and answer.body == tcp.body == page
    names = ("Content-Type", "Cache-Control", "ETag", "Last-Modified", "Content-Length", "Accept-Ranges")
    assert [answer.all(name) for name in names] == [tcp.all(name) for name in names]
    nginx.settle()
    if page is not PAGE:
        assert [line["page"] for line in nginx.visits(2)] == ["personalized"] * 2
    assert "HTTP/3.0 " in (nginx.folder / "versions.log").read_text()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("body", [PAGE, PAGE[:7], b"", PAGE * 60, b"\xef\xbb\xbf<h1>\xff\x00\r\n</h1>"])
def test_unknown_visitors_get_every_byte_and_header_of_the_original(quic, upstream, method, body):
    nginx = quic()
    upstream.on("/", Reply(body, headers={"ETag": '"v1"', "Last-Modified": "Sat, 21 Nov 2026 04:20:00 GMT"}))
    assert fetch_quic(nginx.quic, ip=STRANGER, method=method).same_as(fetch_quic(nginx.plain_quic, ip=STRANGER, method=method))


def test_control_accounts_get_the_original_and_a_line(quic, tmp_path):
    site = Site(tmp_path / "control", control="{ percent: 100, salt: s }")
    site.publish()
    nginx = quic(data=site.data, server=STATUS)
    assert fetch_quic(nginx.quic, ip=ALPHA).same_as(fetch_quic(nginx.plain_quic, ip=ALPHA))
    visit = nginx.visits(1)[0]
    assert (visit["arm"], visit["page"], visit["skip"]) == ("control", "original", "control")


def test_head_has_the_headers_of_get_and_no_body(quic):
    nginx = quic()
    for ip, _ in PAGES:
        got, head = fetch_quic(nginx.quic, ip=ip), fetch_quic(nginx.quic, ip=ip, method="HEAD")
        assert head.body == b"" and head.complete
        lengths = ("content-length",) if ip in (ALPHA, BETA) else ()  # of a page that has not been made
        assert head.visible_headers() == [one for one in got.visible_headers() if one[0].lower() not in lengths]


def test_validators_work_over_quic(quic, upstream):
    nginx = quic()
    upstream.on("/", Reply(PAGE, headers={"ETag": '"v1"'}))
    etag = fetch_quic(nginx.quic, ip=ALPHA).get("etag")
    assert etag and etag != '"v1"'
    assert fetch_quic(nginx.quic, ip=ALPHA, headers={"If-None-Match": etag}).status == 304
    assert fetch_quic(nginx.quic, ip=ALPHA, headers={"If-None-Match": '"v1"'}).body == ALPHA_PAGE
    assert fetch_quic(nginx.quic, ip=ALPHA, headers={"Range": "bytes=0-9"}).body == ALPHA_PAGE


@pytest.mark.parametrize("more", ["", "proxy_buffering off;", "gzip on; gzip_min_length 1; gzip_proxied any;"])
@pytest.mark.parametrize("encoded", [False, True])
def test_long_pages_in_many_pieces(quic, upstream, more, encoded):
    nginx = quic(http=more)
    body = PAGE * 40
    sent = gzip_bytes(body) if encoded else body
    pieces = [sent[at:at + 1000] for at in range(0, len(sent), 1000)]
    upstream.on("/", Reply(parts=[*pieces[:2], Sleep(0.05), *pieces[2:]], headers={"Content-Encoding": "gzip"} if encoded else {}))
    answer = fetch_quic(nginx.quic, ip=ALPHA, headers={"Accept-Encoding": "gzip"} if "gzip" in more else {})
    assert answer.complete and answer.text().encode() == ALPHA_PAGE * 40


def test_many_visitors_at_once(quic):
    nginx = quic()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: fetch_quic(nginx.quic, ip=PAGES[i % 4][0]).body, range(32)))
    assert all(body == PAGES[i % 4][1] for i, body in enumerate(answers))
    assert len(nginx.visits(24)) == 24
