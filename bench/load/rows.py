"""The rows of pages that were seen before, and of those that are compressed, too: what is served, and what is wanted of it. The
report prints wanted beside found."""

import dataclasses

RIVALS = ("sub_filter", "lua")
CONTENDERS = ("plain", "abm", "abm-scan", *RIVALS)
HTTP2 = ("plain", "abm", "abm-scan")


@dataclasses.dataclass(frozen=True)
class Row:
    title: str
    place: str
    page: str                # as in compare.py
    wanted: float            # at most: CPU per request, as a multiple of `against`
    against: str = "plain"
    ours: str = "abm"        # the contender that it is wanted of

    def cell(self, http2=False):
        return f"{'h2 ' if http2 else ''}{self.place} {self.page}"


ROWS = (
    Row("proxied 8 KB", "proxied", "8", 1.3),
    Row("proxied 64 KB", "proxied", "64", 1.2),
    Row("proxied 512 KB", "proxied", "512", 1.05),
    Row("proxied 64 KB, three places change", "assembled", "changing", 1.25),
    Row("static 64 KB", "static", "64", 1.2),
    Row("static 512 KB", "static", "512", 1.0),
    Row("`proxy_cache` hit, 64 KB", "cached", "64", 1.25),
    Row("every page different, 64 KB", "assembled", "different", 1.03, "abm-scan"),
)
# Measured, and compared with the rivals, without a figure of their own.
MORE_CELLS = {"static 8": "static 8 KB", "proxied wordpress": "proxied 788 KB, WordPress-like",
              "static wordpress": "static 788 KB, WordPress-like"}
# Compressed: × plain nginx with `gzip on` at the same level.
GZIP_CONTENDERS = ("plain", "abm", "abm-gzip-always", "abm-gzip-off", "sub_filter")
GZIP_ROWS = (
    Row("proxied 64 KB, level 1", "proxied-gzip", "64", 0.25),
    Row("proxied 64 KB, level 6", "proxied-gzip6", "64", 0.1, ours="abm-gzip-always"),
    Row("proxied 512 KB, level 1", "proxied-gzip", "512", 0.2),
    Row("static 64 KB, level 1", "static-gzip", "64", 0.2),
)
MORE_GZIP_CELLS = {"proxied-gzip 8": "proxied 8 KB, level 1", "static-gzip 8": "static 8 KB, level 1",
                   "static-gzip 512": "static 512 KB, level 1",
                   "assembled-gzip changing": "proxied 64 KB, three places change, level 1",
                   "assembled-gzip6 changing": "proxied 64 KB, three places change, level 6"}
GZIP_CONNECTIONS = 8  # compressing takes long, and requests cut off at the end of a run do not count
GZIP_RIVAL_COSTS = 4  # at least, as a multiple of ours, in all of these cells
# The module's own time for the WordPress-like page, µs.
OWN_TIME = (("median", 0.5, 150), ("p99.9", 0.999, 1000))
PAGE_MEMORY = 16 << 20  # the directive's default, per worker
MEMORY_SLACK = 0.01     # of PAGE_MEMORY: beyond it, and from the first half of the requests to the second


def http1_cells():
    return [*(row.cell() for row in ROWS), *MORE_CELLS]


def gzip_cells():
    return [*(row.cell() for row in GZIP_ROWS), *MORE_GZIP_CELLS]


def http2_cells():
    return [row.cell(http2=True) for row in ROWS]


def split(cell):
    """(HTTP/2 or not, place, page)"""
    *http2, place, page = cell.split()
    return bool(http2), place, page


def zipped(cell):
    """Whether clients accept gzip, and get it."""
    return "-gzip" in cell
