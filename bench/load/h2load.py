"""One run over HTTP/2 (h2load, cleartext with prior knowledge), pinned to the origin's processor."""

import os
import re
import shutil
import subprocess

from processes import CLIENT_CPU
from wrk import Load

PACKAGE = "nghttp2-client"
VISITORS, CONNECTIONS = 8, 4  # of each


def missing():
    """The reason why HTTP/2 cannot be measured here, or None."""
    absent = [tool for tool in ("h2load", "nghttp") if shutil.which(tool) is None]
    return f"{' and '.join(absent)} of the Debian package {PACKAGE} is not installed" if absent else None


def get(port, path, address):
    """The body of a response."""
    done = subprocess.run(["nghttp", f"-Hx-forwarded-for: {address}", "-H:authority: www.example.com", f"http://127.0.0.1:{port}{path}"],
                          capture_output=True, check=True, timeout=30)
    return done.stdout


def run(server, path, addresses, seconds):
    """As Wrk.run. h2load sends the same address with all requests, so each visitor is a process of its own."""
    before = server.cpu_seconds()
    clients = [subprocess.Popen(["h2load", f"-c{CONNECTIONS}", "-m1", "-t1", f"-D{seconds}", f"-Hx-forwarded-for: {address}",
                                 f"http://127.0.0.1:{server.http2}{path}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                preexec_fn=lambda: os.sched_setaffinity(0, {CLIENT_CPU}))
               for address in addresses[:VISITORS]]
    told = [client.communicate()[0] for client in clients]
    cpu = server.cpu_seconds() - before
    done = 0
    for text in told:
        good = re.search(r"status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx", text)
        failed = re.search(r"(\d+) failed, (\d+) errored, (\d+) timeout", text)
        if good is None or failed is None or any(map(int, failed.groups())):
            raise RuntimeError(f"HTTP/2 {path}: {text[-1000:]}")
        done += int(good.group(1))
    if not done:
        raise RuntimeError(f"HTTP/2 {path}: no response")
    return Load(done, seconds, cpu * 1e6 / done)
