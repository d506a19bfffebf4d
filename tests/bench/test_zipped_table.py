"""The load comparison's report prints what is wanted of compressed pages beside what was found, with its price in bytes."""

import pathlib
import re
import sys
import xml.etree.ElementTree
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/load"))

import zipped  # noqa: E402: from the folder above
from goals import begin_of_page  # noqa: E402
from rows import GZIP_CONTENDERS, GZIP_ROWS, gzip_cells  # noqa: E402


def rounds(*values):
    return [{"cpu_us": value, "per_second": 1} for value in values]


def results(**more):
    cells = {"proxied-gzip 64": {"plain": rounds(400, 800, 400), "abm": rounds(88, 176, 96), "abm-gzip-always": rounds(88, 176, 96),
                                 "abm-gzip-off": rounds(420, 840, 420), "sub_filter": rounds(440, 880, 440)},
             "proxied-gzip6 64": {"plain": rounds(1500), "abm": rounds(90), "abm-gzip-always": rounds(105),
                                  "abm-gzip-off": rounds(1530), "sub_filter": rounds(1600)},
             "proxied-gzip 8": {"plain": rounds(60), "abm": rounds(72), "sub_filter": rounds(72)}}
    sizes = {"proxied-gzip 64": {"plain": 12_300, "abm": 12_423, "abm-gzip-always": 12_423, "abm-gzip-off": 12_400},
             "proxied-gzip6 64": {"plain": 9_100, "abm": 9_191, "abm-gzip-always": 12_420, "abm-gzip-off": 9_200},
             "proxied-gzip 8": {"plain": 2_000, "abm": 2_004}}
    spliced = {"proxied-gzip 64": {"abm": 1, "abm-gzip-always": 1}, "proxied-gzip6 64": {"abm": 1, "abm-gzip-always": 1},
               "proxied-gzip 8": {"abm": 0}}
    return {"contenders": list(GZIP_CONTENDERS), "cells": cells, "gzip": {"bytes": sizes, "spliced": spliced}, **more}


def test_a_row_has_what_is_wanted_what_was_found_and_its_bytes():
    lines = zipped.table(results())
    assert lines[2] == ("| proxied 64 KB, level 1 | 400 µs | ≤ 0.25 × | 0.22 × | 0.22 × | 1.05 × | 1.10 × | 100%, 100% | 12,400 | "
                        "+0.2% | +0.2% |")
    assert lines[3].startswith("| proxied 64 KB, level 6 | 1500 µs | ≤ 0.1 × `always` | 0.06 × | 0.07 × |")
    assert lines[3].endswith("| 100%, 100% | 9,200 | -0.1% | +35.0% |")
    assert lines[4] == "| proxied 8 KB, level 1 | 60 µs | – | 1.20 × | – | – | 1.20 × | 0%, – | – | – | – |"
    assert lines[1].count("|") == lines[0].count("|") == lines[2].count("|")
    assert zipped.table({"cells": {}}) == zipped.goals({"cells": {}}) == []


def test_each_row_is_judged_by_the_contender_that_it_names():
    goals = {text: (reached, figure) for text, reached, figure in zipped.goals(results())}
    assert goals["compressed, proxied 64 KB, level 1, `abm_gzip auto`: ≤ 0.25 × plain"] == (True, "0.22 ×")
    assert goals["compressed, proxied 64 KB, level 6, `always`: ≤ 0.1 × plain"] == (True, "0.07 ×")
    rival = goals["`sub_filter` × 5 + geoip2, compressed: ≥ 4 × ours in each of 3 cells"]
    assert rival == (False, "proxied-gzip 64 5.0, proxied-gzip6 64 15.2, proxied-gzip 8 1.0")


def test_the_first_byte_may_not_come_later_than_before():
    def judged(saved):
        slow = {"pairs": 60, "plain_us": 800, "added_us": 20, "saved_us": saved}
        return zipped.goals(results(slow_page_gzip=slow))[-1]
    assert judged(40)[1:] == (True, "-40 µs; +20 µs against plain (medians of 60 pairs; plain 800 µs)")
    assert judged(-1)[1] is False


def test_every_row_is_measured_once():
    cells = gzip_cells()
    assert len(cells) == len(set(cells)) and {row.cell() for row in GZIP_ROWS} < set(cells)


def test_the_picture_shows_time_and_bytes_of_each_level():
    svg = zipped.picture(results())
    root = xml.etree.ElementTree.fromstring(svg)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [text for text in texts if "µs" in text] == [
        "400 µs, 12.3 kB sent", "420 µs, 12.4 kB sent", "88 µs, 12.4 kB sent",
        "1,500 µs, 9.1 kB sent", "1,530 µs, 9.2 kB sent", "90 µs, 9.2 kB sent"]
    lengths = [float(bar.get("width")) for bar in root.iter("{http://www.w3.org/2000/svg}rect") if bar.get("class") != "page"]
    assert lengths == [round(zipped.LONGEST * us / 1530, 1) for us in (400, 420, 88, 1500, 1530, 90)]
    assert set(re.findall(r"\.(\w+) \{ fill", svg)) == {"page", "nginx", "off", "ours", "weak"}
    missing = results()
    del missing["cells"]["proxied-gzip6 64"]
    assert zipped.picture(missing) is None


def test_the_begin_of_a_compressed_page_is_seen_when_it_is_there():
    page = zlib.compressobj(wbits=31)
    first, rest = page.compress(b"<!DOCTYPE html>") + page.flush(zlib.Z_SYNC_FLUSH), page.compress(b"<p>") + page.flush()
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (first, rest)]
    assert begin_of_page(head) == begin_of_page(head[:-5]) == begin_of_page(head + chunks[0][:3]) == b""
    assert begin_of_page(head + chunks[0]) == b"<!DOCTYPE html>"
    assert begin_of_page(head + chunks[0] + chunks[1] + b"0\r\n\r\n") == b"<!DOCTYPE html><p>"
    assert begin_of_page(head.replace(b"gzip", b"identity") + b"<!DOCTYPE") == b"<!DOCTYPE"
