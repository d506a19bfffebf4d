"""HTTP/2: many streams, small windows, streams that are cancelled in the middle."""

import random
import re

import pytest

from harness.process import descriptors
from harness.site import ALPHA, ALPHA_PAGE, BETA, BETA_PAGE, PAGE, STRANGER
from harness.upstream import Reply, Sleep, Wait, gzip_bytes
from harness.waiting import wait_for


Http2 = pytest.importorskip("harness.http2").Http2

PAGES = [(ALPHA, ALPHA_PAGE), (BETA, BETA_PAGE), (STRANGER, PAGE)]


def test_windows_of_one_byte_on_a_hundred_streams_give_whole_pages(serve, upstream):
    nginx = serve(listen="http2", workers=1)
    small = b"<h1>Made for everybody</h1><p>x</p>"
    upstream.on("/small", Reply(small))
    with Http2(nginx.port, window=1) as connection:
        streams = {connection.get("/small", PAGES[i % 3][0]): PAGES[i % 3][1] for i in range(100)}
        connection.receive_all(lambda _stream, _size: 1)
        for stream, page in streams.items():
            headline = re.search(rb"<h1 class=big>(.*)</h1>", page)[1]
            assert connection.bodies[stream] == small.replace(b"Made for everybody", headline)
            assert connection.heads[stream].get("content-length", str(len(connection.bodies[stream]))) == str(
                len(connection.bodies[stream]))


@pytest.mark.parametrize("encoded", [False, True])
def test_streams_cancelled_in_the_middle_leave_the_others_intact(serve, upstream, encoded):
    nginx = serve(listen="http2", http="http2_max_concurrent_streams 200; proxy_buffering off;")
    workers = nginx.workers()
    chance = random.Random(7)
    body = PAGE * 30
    wanted = {ip: page * 30 for ip, page in PAGES}
    upstream.on("/", Reply(gzip_bytes(body), headers={"Content-Encoding": "gzip"}) if encoded else Reply(body))
    visitors = [ip for ip, _ in PAGES][:2 if encoded else 3]  # bodies for unknown visitors are not decoded
    with Http2(nginx.port) as connection:
        connection.get("/", ALPHA)
        connection.receive_all()
    nginx.settle()
    before = descriptors(workers[0])
    with Http2(nginx.port, window=500) as connection:
        streams = {connection.get("/", visitors[i % len(visitors)]): visitors[i % len(visitors)] for i in range(100)}
        doomed = {stream: chance.randrange(1, len(body) // 2) for stream in chance.sample(list(streams), 40)}

        def grant(stream, _size):
            if stream in doomed and len(connection.bodies[stream]) >= doomed[stream]:
                connection.cancel(stream)
                return 0
            return chance.randrange(1, 8000)

        connection.receive_all(grant)
        for stream, ip in streams.items():
            if stream not in doomed:
                assert connection.bodies[stream] == wanted[ip]
        assert set(doomed) & connection.reset
    assert nginx.workers() == workers
    wait_for(lambda: descriptors(workers[0]) <= before)
    assert len(nginx.visits()) == 1 + sum(ip != STRANGER for ip in streams.values())


def test_bytes_before_a_stall_leave_at_once_on_each_stream(serve, upstream):
    nginx = serve(listen="http2", http="proxy_buffering off;")
    wait = Wait()
    cut = PAGE.index(b'<a data-abm-slot="cta" href') + 9
    upstream.on("/", Reply(parts=[PAGE[:cut], wait, PAGE[cut:]]))
    upstream.on("/other", Reply(parts=[Sleep(0.05), PAGE]))
    with Http2(nginx.port) as connection:
        stalled, other = connection.get("/", ALPHA), connection.get("/other", BETA)
        connection.receive_all(until=lambda: other in connection.ended and b"Some text &amp; more.</p>" in connection.bodies[stalled])
        assert connection.bodies[other] == BETA_PAGE and stalled not in connection.ended
        wait.release()
        connection.receive_all()
        assert connection.bodies[stalled] == ALPHA_PAGE
