"""The module's own time, from its status histogram and from its variable, and the time to first byte of a page that arrives
slowly."""

import http.client
import json
import random
import socket
import statistics
import threading
import time
import zlib

import probe
from processes import start_nginx


def status(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/status")
    told = json.loads(connection.getresponse().read())
    connection.close()
    return told


def quantile(histogram, share):
    """Upper bound of the bucket that holds the quantile, and a linear reading within it (µs)."""
    total = sum(count for _, count in histogram)
    seen, lower = 0, 0
    for bound, count in histogram:
        if count and seen + count >= share * total:
            if bound is None:
                return None, None
            return bound, lower + (bound - lower) * (share * total - seen) / count
        seen += count
        lower = bound
    return None, None


def measure_own_time(comparison):
    """64 KB page under load, 5 slots, static and proxied; the difference between two reads of /status."""
    from contenders import BY_KEY
    abm = BY_KEY["abm"]
    server = comparison.servers["abm"]
    out = {}
    for place in ("static", "proxied"):
        before = histogram_of(status(server))
        for _ in range(2):
            comparison.one(abm, f"{place} 64", seconds=max(3, comparison.options.seconds))
        after = histogram_of(status(server))
        histogram = [(bound, count - earlier) for (bound, count), (_, earlier) in zip(after, before)]
        out[place] = {"histogram": histogram, "requests": sum(count for _, count in histogram),
                      "p50": quantile(histogram, 0.5), "p999": quantile(histogram, 0.999)}
    return out


def measure_own_times(comparison, enough=5000, runs=6):
    """WordPress-like page under load, 5 slots, static and proxied: `$abm_rewrite_us` of every request, since the figures wanted
    lie within the histogram's buckets. Four connections: more only wait for the one worker. `enough` requests, or `runs` runs."""
    from contenders import BY_KEY
    from rows import OWN_TIME
    out = {}
    for place in ("static", "proxied"):
        lines = []
        for _ in range(runs):
            lines += probe.lines_after(comparison.servers["abm"], lambda where=place: comparison.one(
                BY_KEY["abm"], f"{where} wordpress", connections=4, seconds=max(3, comparison.options.seconds), kind="probe"))
            if len(lines) >= enough:
                break
        out[place] = {"requests": len(lines), "us": [probe.quantile(lines, share) for _, share, _ in OWN_TIME],
                      "recalled": probe.recalled(lines)}
    return out


def histogram_of(told):
    """[(upper bound in µs or None, requests)], not cumulative."""
    out, seen = [], 0
    for bucket in told["module_time_us"]["buckets"]:
        bound, count = bucket["le"], bucket["count"]
        out.append((bound if isinstance(bound, (int, float)) else None, count - seen))
        seen = count
    return out


class SlowOrigin:
    """Sends headers and the page's first KB at once, the rest 20 ms later."""

    def __init__(self, page):
        self.page = page
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.recv(65536)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(self.page)}\r\n\r\n"
            connection.sendall(head.encode() + self.page[:1024])
            time.sleep(0.02)
            connection.sendall(self.page[1024:])

    def close(self):
        self.listener.close()


def begin_of_page(answer):
    """What has come of a page, decompressed."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"Content-Encoding: gzip" not in head:
        return body
    page = zlib.decompressobj(zlib.MAX_WBITS | 16)
    out = b""
    while b"\r\n" in body:  # RFC 9112 7.1
        size, _, body = body.partition(b"\r\n")
        out += page.decompress(body[:int(size, 16)])
        body = body[int(size, 16) + 2:]
    return out


def first_byte(port, path, address, accept_gzip):
    """Seconds from the request to the first byte of the page."""
    accept = "Accept-Encoding: gzip\r\n" if accept_gzip else ""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start = time.perf_counter()
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: www.example.com\r\nX-Forwarded-For: {address}\r\n"
                           f"{accept}Connection: close\r\n\r\n".encode())
        data = b""
        while b"<!DOCTYPE" not in begin_of_page(data):
            data += connection.recv(65536)
        took = time.perf_counter() - start
        while connection.recv(65536):
            pass
        return took


def measure_slow_page(comparison, accept_gzip=False):
    """Medians of requests one after the other, unbuffered: the module's first byte against plain nginx's, in µs; of a page that is
    compressed, also against that of the module where nginx compresses."""
    page = (comparison.world.pages / comparison.names["64"]).read_bytes()
    address = comparison.world.visitors("segment")[0][0]
    origin = SlowOrigin(page)
    keys = {"plain": "", "abm": "abm on;"}
    if accept_gzip:
        keys = {"plain": "gzip on;", "abm": "gzip on; abm on;", "off": "gzip on; abm on; abm_gzip off;"}
    server = start_nginx(comparison.folder / f"slow-page{'-gzip' if accept_gzip else ''}",
                         " ".join(f"location /{key}/ {{ {extra} proxy_pass http://127.0.0.1:{origin.port}/; proxy_buffering off; }}"
                                  for key, extra in keys.items()),
                         f"abm_data {comparison.world.data};",
                         (comparison.options.build / "module" / "ngx_http_abm_module.so",))
    try:
        rounds, dice = [], random.Random(11)
        for _ in range(200 if comparison.options.mode == "long" else 60):
            order = dice.sample(list(keys), len(keys))  # each comes after each, whose code is in the caches then
            rounds.append({key: first_byte(server.port, f"/{key}/x.html", address, accept_gzip) * 1e6 for key in order})
    finally:
        server.stop()
        origin.close()
    median = statistics.median
    return {"pairs": len(rounds), "added_us": median(one["abm"] - one["plain"] for one in rounds),
            **{f"{key}_us": median(one[key] for one in rounds) for key in keys},
            **({"saved_us": median(one["off"] - one["abm"] for one in rounds)} if accept_gzip else {})}
