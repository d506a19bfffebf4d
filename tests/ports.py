"""Free ports for the servers that tests start.

They come from below the kernel's range for outgoing connections, so no connection takes one between the moment it is
picked and the moment a server listens on it. Tests that run at the same time pick from ranges of their own."""

import itertools
import os
import socket

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 20
FIRST, COUNT = 10_000 + 1_000 * WORKER, 1_000
_next = itertools.count(os.getpid() % COUNT)


def free_port():
    """A port of 127.0.0.1 on which nobody listens; not given out again for the next COUNT calls."""
    for _ in range(COUNT):
        port = FIRST + next(_next) % COUNT
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no port from {FIRST} to {FIRST + COUNT - 1} is free")


def free_ports(count):
    return [free_port() for _ in range(count)]
