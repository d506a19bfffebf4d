"""The load comparison's report prints what is wanted of pages seen before beside what was found."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/load"))

import memory  # noqa: E402: from the folder above
import probe  # noqa: E402
import seen  # noqa: E402
from growth_report import write_table  # noqa: E402
from rows import PAGE_MEMORY, ROWS, http1_cells  # noqa: E402

MB = PAGE_MEMORY / 2**20


def rounds(*values):
    return [{"cpu_us": value, "per_second": 1} for value in values]


def results(**more):
    cells = {"proxied 64": {"plain": rounds(100, 200, 100), "abm": rounds(115, 240, 118), "abm-scan": rounds(185, 370, 185),
                            "sub_filter": rounds(160, 320, 160), "lua": rounds(115, 239, 118)},
             "h2 proxied 64": {"plain": rounds(100), "abm": rounds(130)},
             "assembled different": {"plain": rounds(100), "abm": rounds(188), "abm-scan": rounds(185)}}
    return {"contenders": ["plain", "abm", "abm-scan", "sub_filter", "lua"], "cells": cells,
            "recalled": {"proxied 64": {"whole": 98, "scan": 2}}, **more}


def test_a_row_has_what_is_wanted_and_what_was_found():
    lines = seen.table(results())
    assert lines[2] == "| proxied 64 KB | 100 µs | ≤ 1.2 × | 1.18 × | 98% whole, 2% scan | 100 µs | 1.30 × | 1.85 × | 1.60 × | 1.18 × |"
    assert lines[3].startswith("| every page different, 64 KB | 100 µs | ≤ 1.03 × `off` | 1.88 × | – | – | – | 1.85 × | – | – |")
    assert seen.table({**results(), "cells": {}}) == []


def test_each_figure_is_judged_against_its_own_base():
    goals = {text: (reached, figure) for text, reached, figure in seen.goals(results())}
    assert goals["proxied 64 KB: ≤ 1.2 × plain"] == (True, "1.18 ×")
    assert goals["HTTP/2, proxied 64 KB: ≤ 1.2 × plain"] == (False, "1.30 ×")
    assert goals["every page different, 64 KB: ≤ 1.03 × `abm_page_memory off`"] == (True, "1.02 ×")


def test_a_rival_that_is_ahead_anywhere_is_named():
    goals = {text: (reached, figure) for text, reached, figure in seen.goals(results())}
    assert goals["5 slots, without gzip: below `sub_filter` × 5 + geoip2 in each of 1 cells"] == (True, "at most 0.74 of it")
    assert goals["5 slots, without gzip: below Lua body filter + geoip2 in each of 1 cells"] == (False, "ahead of us: proxied 64 1.00")


def test_a_module_without_memory_is_measured_without_its_rows():
    told = results()
    for cell in told["cells"].values():
        cell.pop("abm-scan", None)
    goals = [text for text, _, _ in seen.goals(told)]
    assert "proxied 64 KB: ≤ 1.2 × plain" in goals and not any("off" in text for text in goals)


def test_every_row_is_measured_once():
    cells = http1_cells()
    assert len(cells) == len(set(cells)) and {row.cell() for row in ROWS} < set(cells)


def test_own_times_are_by_rank():
    lines = [(us, "whole") for us in range(1000)]
    assert [probe.quantile(lines, share) for share in (0.5, 0.999)] == [500, 999]
    told = results(own_times={"proxied": {"requests": 1000, "us": [140, 1200], "recalled": {"whole": 1000}}})
    assert [reached for text, reached, _ in seen.goals(told) if text.startswith("own time")] == [True, False]


def test_memory_that_grows_is_not_flat():
    def of(*samples, peak):
        return {"samples": [[n * 100, mb] for n, mb in enumerate(samples, 1)], "peak": peak, "recalled": {"whole": 1}}

    def judged(ours):
        return [reached for _, reached, _ in memory.goals({"abm": ours, "abm-scan": of(10, 10, peak=11)})]

    assert judged(of(20, 26, 26, 26.1, peak=11 + MB * 1.009)) == [True, True]
    assert judged(of(20, 26, 26, 26.2, peak=11 + MB * 1.009)) == [False, True]
    assert judged(of(20, 26, 26, 26, peak=11 + MB * 1.011)) == [True, False]


def test_growth_prints_the_workers_memory(tmp_path):
    write_table({"pages": [{"value": 10_000, "plain": 100, "abm": 120, "added": 20, "mb": 27.4}]}, tmp_path / "growth.md")
    assert (tmp_path / "growth.md").read_text().splitlines()[-1] == "| pages, requested in turn | 10,000 | 100 | 120 | 20 | 27 |"
