"""Requests that leave a line in the module's probe.log (X-Probe, contenders.py): its own time for each page, and how the page
was recalled."""

import collections
import time


def lines_after(server, send):
    """[(own time in µs, "whole", "part", "scan" or "-")] of the requests that `send` makes."""
    log = server.folder / "probe.log"
    start = log.stat().st_size
    send()
    seen = -1
    while seen != (size := log.stat().st_size):  # a line is written after the response has left
        seen = size
        time.sleep(0.1)
    if seen == start:
        raise RuntimeError(f"{log}: no lines")
    with open(log, encoding="ascii") as lines:
        lines.seek(start)
        return [(int(took or 0), how or "-") for took, _, how in (line.rstrip("\n").partition(" ") for line in lines)]


def recalled(lines):
    return dict(collections.Counter(how for _, how in lines))


def shares(counts):
    """Such as "98% whole, 2% scan"; "–" if nothing is known."""
    total = sum(count for how, count in counts.items() if how != "-")
    return ", ".join(f"{count / total:.0%} {how}" for how, count in sorted(counts.items(), key=lambda one: -one[1]) if how != "-") or "–"


def quantile(lines, share):
    """Nearest rank, µs."""
    times = sorted(took for took, _ in lines)
    return times[min(len(times) - 1, int(share * len(times)))]
