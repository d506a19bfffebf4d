"""Checks every contender's pages byte for byte before anything is measured."""

import gzip
import http.client

from contenders import PLACES
from world import personalized


def get(port, path, address, accept_gzip):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"X-Forwarded-For": address}
    if accept_gzip:
        headers["Accept-Encoding"] = "gzip"
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    coding = answer.getheader("Content-Encoding")
    connection.close()
    return answer.status, coding, gzip.decompress(body) if coding == "gzip" else body


def check(contender, server, world, names):
    """What is wrong with a contender's responses, as lines; empty if all are right. Three visitors, every page and place."""
    faults = []
    changes = contender.key != "plain"
    for address, segment in world.visitors(contender.visitors)[:3]:
        for name in names:
            original = (world.pages / name).read_text(encoding="utf-8")
            wanted = personalized(original, segment) if changes and segment is not None else original
            if changes and segment is not None:
                assert wanted != original
            for place in PLACES:
                zipped = place.endswith("-gzip")
                status, coding, body = get(server.port, f"/{place}/{name}", address, zipped)
                where = f"{contender.key} /{place}/{name} for {address}"
                if status != 200:
                    faults.append(f"{where}: status {status}")
                elif (coding == "gzip") != zipped:
                    faults.append(f"{where}: Content-Encoding {coding}")
                elif body != wanted.encode():
                    faults.append(f"{where}: {len(body)} bytes that differ from the {len(wanted.encode())} wanted ones")
    return faults
