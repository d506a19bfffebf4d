"""Any chunking gives the same bytes; whatever can be sent is sent at once."""

import base64
import random
import time

import pytest

from harness.client import Connection, fetch
from harness.process import cpu_seconds, resident
from harness.site import ALPHA, ALPHA_PAGE, PAGE, STRANGER
from harness.upstream import Die, Reply, Signal, Sleep, Wait, gzip_bytes


@pytest.mark.parametrize("buffering", ["on", "off"])
def test_every_split_of_the_page_gives_the_same_bytes(serve, upstream, buffering):
    nginx = serve(http=f"proxy_buffering {buffering};")
    for offset in range(1, len(PAGE)):
        upstream.on("/", Reply(parts=[PAGE[:offset], Sleep(0.0005), PAGE[offset:]]))
        assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE, f"split at {offset}"


@pytest.mark.parametrize("buffering", ["on", "off"])
def test_one_byte_chunks_give_the_same_bytes(serve, upstream, buffering):
    nginx = serve(http=f"proxy_buffering {buffering};")
    parts = [step for byte in PAGE for step in (bytes([byte]), Sleep(0.0002))]
    upstream.on("/", Reply(parts=parts))
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE


def test_small_upstream_buffers_give_the_same_bytes(serve, upstream):
    nginx = serve(http="proxy_buffer_size 256; proxy_buffers 8 128; proxy_busy_buffers_size 256;")
    upstream.on("/", Reply(PAGE * 40))
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE * 40


def test_bytes_before_a_stall_leave_at_once(serve, upstream):
    nginx = serve(http="proxy_buffering off;")
    cut = PAGE.index(b'<a data-abm-slot="cta" href') + 9
    took = []
    for _ in range(5):
        wait = Wait()
        upstream.on("/", Reply(parts=[PAGE[:cut], wait, PAGE[cut:]]))
        with Connection(nginx.port) as connection:
            connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Connection": "close"})
            took.append(connection.receive_until(b"Some text &amp; more.</p>"))
            before = cpu_seconds(nginx.workers()[0])
            time.sleep(0.3)
            assert cpu_seconds(nginx.workers()[0]) - before < 0.1, "the worker is busy while it waits"
            wait.release()
            assert connection.receive().body == ALPHA_PAGE
    assert min(took) < 0.05, "something waits for its turn"


def test_flushes_of_nothing_that_wait_in_nginx_are_not_used_again(serve, upstream):
    """A client that does not read, and gzip out of buffers: what it got is compressed, and empty flushes are in its queue.
    What comes next must not use the buffers of those flushes."""
    nginx = serve(listen="sndbuf=4k", http="proxy_buffering off; gzip on; gzip_min_length 1; gzip_proxied any; gzip_buffers 4 4k;")
    tag = b'<a data-abm-slot="cta" href="/plan">'
    held_back = [tag[i:i + 4] for i in range(0, len(tag) - 1, 4)]
    for blocks in range(2, 12):  # one of these leaves gzip without a buffer at that point, however much the sockets take
        # Gzip cannot make them smaller, so each takes a buffer.
        start = [b"<p>" + base64.b64encode(random.Random(i).randbytes(2500)) + b"</p>" for i in range(blocks)]
        sent = Signal()
        upstream.on("/", Reply(parts=[step for part in start + held_back for step in (part, Sleep(0.01))]
                               + [tag[len(b"".join(held_back)):] + b"Read on</a><h1>a</h1><p>end</p>", sent]))
        with Connection(nginx.port, receive_buffer=2048) as connection:
            connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Accept-Encoding": "gzip", "Connection": "close"})
            sent.wait()
            answer = connection.receive()
        assert answer.complete
        assert answer.text().encode() == b"".join(start) + (b'<a data-abm-slot="cta" href="/for/alpha">See the plan</a>'
                                                            b"<h1>Made for presses</h1><p>end</p>")


@pytest.mark.parametrize("buffering", ["on", "off"])
@pytest.mark.parametrize("cut", [b"<h1 cl", b"<div id=\"story\"><p>The", b"Some text"])
def test_dying_upstream_delivers_what_came_and_stays_visible(serve, upstream, cut, buffering):
    nginx = serve(http=f"proxy_buffering {buffering};")
    end = PAGE.index(cut) + len(cut)
    upstream.on("/", Reply(parts=[PAGE[:end], Die()], length=None, headers={"Content-Length": str(len(PAGE))}))
    answer = fetch(nginx.port, ip=ALPHA)
    assert not answer.complete
    assert answer.body == PAGE[:end].replace(b"Made for everybody", b"Made for presses").replace(
        b'href="/plan">Read on', b'href="/for/alpha">See the plan'), "what the upstream sent has not arrived"


@pytest.mark.parametrize("buffering", ["on", "off"])
@pytest.mark.parametrize("framing", ["whole", "length", "chunked"])
def test_only_the_end_of_a_whole_page_ends_what_is_open(serve, upstream, own_site, buffering, framing):
    own_site.write_rules("""\
abm: rules/1
slots: { page: body, item: p.s }
rules:
  - id: open
    when: { account: alpha, path: /** }
    rewrite: { page: { append: "<i>end</i>" }, item: { text: New } }
""")
    own_site.publish()
    nginx = serve(data=own_site.data, http=f"proxy_buffering {buffering}; proxy_http_version 1.1;")
    page = b"<!doctype html><body><p class=s>old"
    if framing == "whole":
        upstream.on("/", Reply(page))
    elif framing == "length":
        upstream.on("/", Reply(parts=[page, Die()], length=None, headers={"Content-Length": str(len(page) + 9)}))
    else:
        upstream.on("/", Reply(parts=[b"%x\r\n%s\r\n" % (len(page), page), Die()], length=None,
                               headers={"Transfer-Encoding": "chunked"}))
    answer = fetch(nginx.port, ip=ALPHA)
    assert answer.complete == (framing == "whole")
    assert answer.body == (b"<!doctype html><body><p class=s>New</p><i>end</i>" if framing == "whole" else page)


def test_empty_body_is_original(serve, upstream):
    nginx = serve()
    upstream.on("/empty", Reply(b""))
    assert fetch(nginx.port, "/empty", ip=ALPHA).same_as(fetch(nginx.plain_port, "/empty"))
    upstream.on("/chunked", Reply(parts=[b"0\r\n\r\n"], headers={"Transfer-Encoding": "chunked"}))
    answer = fetch(nginx.port, "/chunked", ip=ALPHA)  # only the end arrives
    assert (answer.status, answer.body, answer.complete) == (200, b"", True)


@pytest.mark.parametrize("options", ["sendfile on;", "sendfile off;", "sendfile on; aio threads;",
                                     "sendfile off; aio threads; output_buffers 2 32k;", "directio 4k; output_buffers 1 8k;"])
def test_static_files_are_read_properly(serve, tmp_path, options):
    root = tmp_path / "root"
    root.mkdir()
    (root / "small.html").write_bytes(PAGE)
    (root / "large.html").write_bytes(PAGE * 500)
    nginx = serve(server=f"location ~ html$ {{ abm on; root {root}; {options} }}")
    assert fetch(nginx.port, "/small.html", ip=ALPHA).body == ALPHA_PAGE
    assert fetch(nginx.port, "/large.html", ip=ALPHA).body == ALPHA_PAGE * 500
    assert fetch(nginx.port, "/large.html", ip=STRANGER).same_as(fetch(nginx.plain_port, "/large.html"))


def test_slow_client_of_a_long_page_costs_no_memory(serve, upstream):
    nginx = serve(http="proxy_max_temp_file_size 0; proxy_buffers 8 16k;")
    pages = 40000  # about 20 MB
    upstream.on("/", Reply(parts=[PAGE * 100] * (pages // 100)))
    fetch(nginx.port, "/warm-up", ip=ALPHA)
    before = resident(nginx.workers()[0])
    with Connection(nginx.port, receive_buffer=4096) as connection:
        connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Connection": "close"})
        peak, received, cpu = 0, 0, cpu_seconds(nginx.workers()[0])
        for _ in range(50):
            received += len(connection.socket.recv(1024))
            peak = max(peak, resident(nginx.workers()[0]))
            time.sleep(0.02)
        assert cpu_seconds(nginx.workers()[0]) - cpu < 0.5, "the worker is busy with a slow client"
    assert peak - before < 4 << 20, f"grew by {peak - before} bytes"


def test_slow_client_of_a_long_encoded_page_costs_no_memory(serve, upstream):
    nginx = serve(http="proxy_max_temp_file_size 0;")
    upstream.on("/", Reply(gzip_bytes(PAGE * 40000), headers={"Content-Encoding": "gzip"}))
    fetch(nginx.port, "/warm-up", ip=ALPHA)
    before = resident(nginx.workers()[0])
    with Connection(nginx.port, receive_buffer=4096) as connection:
        connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Connection": "close"})
        peak, cpu = 0, cpu_seconds(nginx.workers()[0])
        for _ in range(50):
            connection.socket.recv(1024)
            peak = max(peak, resident(nginx.workers()[0]))
            time.sleep(0.02)
        assert cpu_seconds(nginx.workers()[0]) - cpu < 0.5, "the worker is busy with a slow client"
    assert peak - before < 4 << 20, f"grew by {peak - before} bytes"


def test_page_of_a_hundred_megabytes_arrives_whole_and_costs_no_memory(serve, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    block, pages = 1000, 100_000_000 // len(PAGE) // 1000
    with open(root / "large.html", "wb") as file:
        for _ in range(pages):
            file.write(PAGE * block)
    nginx = serve(server=f"location /large.html {{ abm on; root {root}; }}")
    fetch(nginx.port, ip=ALPHA)
    worker = nginx.workers()[0]
    before, peak = resident(worker), 0
    with Connection(nginx.port) as connection:
        connection.send("GET", "/large.html", {"X-Forwarded-For": ALPHA, "Connection": "close"}, version="1.0")
        connection.receive_head()
        for _ in range(pages):
            assert connection.take(len(ALPHA_PAGE) * block) == ALPHA_PAGE * block
            peak = max(peak, resident(worker))
        assert connection.take(1) == b""
    assert peak - before < 4 << 20, f"grew by {peak - before} bytes"
