"""Memory of a worker while it serves 10,000 pages: flat, and never beyond what `abm_page_memory` allows."""

import random

import probe
from check import check_numbered
from contenders import BY_KEY
from rows import MEMORY_SLACK, PAGE_MEMORY

PAGES = 10_000
SIZES = {"numbered-4k.html": 4, "numbered-16k.html": 16, "numbered-64k.html": 64}  # KB
NUMBERED = '"~[0-4]\\.html$" numbered-4k.html; "~[5-7]\\.html$" numbered-16k.html; default numbered-64k.html;'


def file_of(number):
    return list(SIZES)[0 if number % 10 <= 4 else 1 if number % 10 <= 7 else 2]


def requested(count):
    """Numbers of pages: every second time the next one in turn, so that all are there; between them favourites, as on a
    real site (the page of rank n about as often as 1 / n)."""
    dice = random.Random(99)
    for turn in range(count // 2):
        yield turn % PAGES
        yield int(PAGES ** dice.random()) - 1


def measure(comparison, key, total):
    """{"samples": [[requests, MB], …], "peak": MB, "recalled": {…}, "faults": […]} of a worker of its own."""
    contender = BY_KEY[key]
    server = comparison.starter.start(contender, f"memory-{key}")
    long = comparison.options.mode == "long"
    try:
        addresses = comparison.world.visitors("segment")
        faults = check_numbered(server, comparison.world, range(0, PAGES, PAGES // 20), file_of, addresses[:2])
        server.forget_peak()
        samples, done = [], 0
        while done < total:
            load = comparison.wrk.run(server, "/numbered/", comparison.numbered, 5 if long else 1, contender.connections,
                                      start=done % comparison.numbered_count)
            done += load.requests
            samples.append([done, server.rss_mb()])
        peak = server.rss_mb("VmHWM")
        faults += check_numbered(server, comparison.world, range(0, PAGES, PAGES // 200), file_of, addresses[:2])
        lines = probe.lines_after(server, lambda: comparison.wrk.run(server, "/numbered/", comparison.numbered, 1,
                                                                    contender.connections, "probe", done % comparison.numbered_count))
    finally:
        server.stop()
    return {"samples": samples, "peak": peak, "recalled": probe.recalled(lines), "faults": faults}


def growth(samples):
    """MB by which the second half of the requests needed more than the first."""
    half = samples[-1][0] / 2
    first = [mb for done, mb in samples if done <= half] or [samples[0][1]]
    return max(mb for done, mb in samples if done > half) - max(first)


def goals(results):
    """(text, reached, figure) of the memory row; `results` by contender."""
    slack, lines = PAGE_MEMORY * MEMORY_SLACK / 2**20, []
    ours = results["abm"]
    requests = ours["samples"][-1][0]
    grown = growth(ours["samples"])
    lines.append((f"memory over {requests:,} requests of {PAGES:,} pages: flat (≤ {slack:.2f} MB more in the second half)",
                  grown <= slack, f"{grown:+.2f} MB, at the end {ours['samples'][-1][1]:.1f} MB"))
    if "abm-scan" in results:
        above = ours["peak"] - results["abm-scan"]["peak"]
        limit = PAGE_MEMORY / 2**20 + slack
        lines.append((f"its peak above the worker with `abm_page_memory off`: ≤ {limit:.2f} MB", above <= limit,
                      f"{above:.2f} MB, recalled: {probe.shares(ours['recalled'])}"))
    return lines
