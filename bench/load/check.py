"""Checks every contender's pages byte for byte, before anything is measured and after."""

import gzip
import http.client
import time

import h2load
from pages import first_difference
from rows import split, zipped

SIGHTS = 4  # a module that remembers serves the first sight, the second and the others in different ways


def send(port, path, address, accept_gzip=False):
    """(response, its body)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"X-Forwarded-For": address}
    if accept_gzip:
        headers["Accept-Encoding"] = "gzip"
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def request(port, path, address, accept_gzip=False):
    """(response, its body, decompressed)"""
    answer, body = send(port, path, address, accept_gzip)
    return answer, gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body


def get(port, path, address, accept_gzip):
    answer, body = request(port, path, address, accept_gzip)
    return answer.status, answer.getheader("Content-Encoding"), body


def fault(server, cell, name, address, text, segment, sight):
    """What is wrong with one response, or None."""
    http2, place, _ = split(cell)
    path = f"/{place}/{name}"
    if http2:
        body = h2load.get(server.http2, path, address)
    else:
        answer, body = request(server.port, path, address, zipped(cell))
        coding = answer.getheader("Content-Encoding")
        if answer.status != 200:
            return f"status {answer.status}"
        if (coding == "gzip") != zipped(cell):
            return f"Content-Encoding {coding}"
        if place == "cached" and sight > 0 and answer.getheader("X-Cache") != "HIT":
            return f"not from nginx's cache but {answer.getheader('X-Cache')}"
    at = first_difference(body, text, segment)
    return None if at is None else f"{len(body)} bytes that differ from the wanted ones at {at}"


def check(contender, server, world, cells, names):
    """What is wrong with a contender's responses, as lines; empty if all are right. Three visitors, every cell, several times;
    `names`: files by page."""
    faults = []
    for cell in cells:
        name = names[split(cell)[2]]
        text = (world.pages / name).read_text(encoding="utf-8")
        for sight in range(SIGHTS if contender.ours and "unknown" not in contender.key else 2):
            for address, segment in world.visitors(contender.visitors)[:3]:
                segment = None if contender.key == "plain" else segment
                wrong = fault(server, cell, name, address, text, segment, sight)
                if wrong:
                    faults.append(f"{contender.key} {cell} for {address}: {wrong}")
    if contender.key == "abm-log" and not visit_lines(server.folder / "visits.jsonl"):
        faults.append("abm-log: no visit lines")
    return faults


def visit_lines(log):
    """Whether nginx, which flushes every second, wrote some."""
    deadline = time.monotonic() + 10
    while not log.stat().st_size and time.monotonic() < deadline:
        time.sleep(0.2)
    return log.stat().st_size > 0


def check_numbered(server, world, numbers, file_of, visitors, below=""):
    """The same for pages of BELOW/numbered/; `file_of`: from number to file."""
    faults = []
    texts = {name: (world.pages / name).read_text(encoding="utf-8") for name in {file_of(number) for number in numbers}}
    for number in numbers:
        for address, segment in visitors:
            path = f"/numbered/{number}.html"
            answer, body = request(server.port, below + path, address)
            at = first_difference(body, texts[file_of(number)], segment, {"request_uri": path.encode()})
            if answer.status != 200 or at is not None:
                faults.append(f"{path} for {address}: status {answer.status}, wrong at {at}")
    return faults
