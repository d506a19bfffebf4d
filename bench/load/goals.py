"""The module's own time, from its status histogram and from its variable, and the time to first byte of a page that arrives
slowly."""

import http.client
import json
import socket
import statistics
import threading
import time

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


def first_byte(port, path, address):
    """Seconds from the request to the first byte of the body."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start = time.perf_counter()
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: www.example.com\r\nX-Forwarded-For: {address}\r\n"
                           "Connection: close\r\n\r\n".encode())
        data = b""
        while b"<!DOCTYPE" not in data:
            data += connection.recv(65536)
        took = time.perf_counter() - start
        while connection.recv(65536):
            pass
        return took


def measure_slow_page(comparison):
    """Medians of paired requests, unbuffered: the module's first byte against plain nginx's, in µs."""
    page = (comparison.world.pages / comparison.names["64"]).read_bytes()
    address = comparison.world.visitors("segment")[0][0]
    origin = SlowOrigin(page)
    proxied = f"proxy_pass http://127.0.0.1:{origin.port}/; proxy_buffering off;"
    server = start_nginx(comparison.folder / "slow-page",
                         f"location /plain/ {{ {proxied} }} location /abm/ {{ abm on; {proxied} }}",
                         f"abm_data {comparison.world.data};",
                         (comparison.options.build / "module" / "ngx_http_abm_module.so",))
    try:
        pairs = []
        for number in range(200 if comparison.options.mode == "long" else 60):
            order = ("plain", "abm") if number % 2 else ("abm", "plain")
            pairs.append({key: first_byte(server.port, f"/{key}/x.html", address) * 1e6 for key in order})
    finally:
        server.stop()
        origin.close()
    return {"plain_us": statistics.median(pair["plain"] for pair in pairs),
            "abm_us": statistics.median(pair["abm"] for pair in pairs),
            "added_us": statistics.median(pair["abm"] - pair["plain"] for pair in pairs), "pairs": len(pairs)}
