"""The load comparison: checks every contender, measures them in turns, and writes results.json, Markdown and SVG."""

import argparse
import json
import pathlib
import sys
import time

import contenders as peers
import h2load
import memory
import pages
import probe
import rows
import zipped
from check import check
from goals import measure_own_time, measure_own_times, measure_slow_page
from origin import start_origin
from processes import CLIENT_CPU, SERVER_CPU, emptied
from report import write_report
from wordpress import wordpress
from world import World
from wrk import Wrk

HERE = pathlib.Path(__file__).resolve().parent
PAGES = {"changing": lambda: pages.changing(64 << 10), "different": lambda: pages.different(64 << 10), "wordpress": wordpress}
# Of each table, the contenders.
TABLES = {"others": peers.COMPARED, "seen": rows.CONTENDERS, "gzip": rows.GZIP_CONTENDERS, "memory": ("plain", "abm", "abm-scan")}


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", nargs="?", choices=("quick", "long"), default="quick",
                        help="quick: 3 rounds, gzip at 64 KB only; long: 9 rounds of everything")
    parser.add_argument("--build", type=lambda name: pathlib.Path(name).resolve(), required=True,
                        help="build folder with module and abmctl")
    parser.add_argument("--out", type=lambda name: pathlib.Path(name).resolve(), required=True, help="folder for results, emptied first")
    parser.add_argument("--node-modules", type=pathlib.Path, default=HERE / "peers" / "node_modules")
    parser.add_argument("--rounds", type=int, help="how often every cell is measured")
    parser.add_argument("--seconds", type=int, default=1, help="length of one measurement")
    parser.add_argument("--only", help="contenders, by comma; plain is always there")
    parser.add_argument("--sizes", default="8,64,512", help="pages in KB, by comma")
    parser.add_argument("--places", default=",".join(peers.PLACES), help="static, proxied, static-gzip, proxied-gzip")
    parser.add_argument("--tables", default=",".join(TABLES), help="by comma: others (the comparison with other software, by size and "
                        "place), seen (pages seen before, rows.py), gzip (pages that are compressed), memory (of a worker that serves 10,000 pages)")
    parser.add_argument("--cells", help="of these tables only some, by comma: 'static 64,h2 assembled changing'")
    parser.add_argument("--requests", type=int, help="for the memory; 50,000 or, with long, 1,000,000")
    chosen = parser.parse_args(arguments)
    chosen.rounds = chosen.rounds or (3 if chosen.mode == "quick" else 9)
    chosen.sizes = chosen.sizes.split(",")
    chosen.places = chosen.places.split(",")
    chosen.tables = chosen.tables.split(",")
    chosen.requests = chosen.requests or (50_000 if chosen.mode == "quick" else 1_000_000)
    return chosen


class Comparison:
    def __init__(self, options):
        self.options = options
        self.folder = emptied(options.out)
        self.say("publishing the site: 1,000 accounts, 100,000 networks, 10 rules, 5 slots")
        self.world = World(self.folder / "site", options.build / "tools" / "abmctl").publish()
        self.absent = {}  # what is not measured, with the reason
        self.names = {}
        for page in dict.fromkeys([*options.sizes, "8", "64", "512", *PAGES]):
            self.names[page] = f"page-{page}.html"
            self.world.write_text(self.names[page], PAGES[page]() if page in PAGES else pages.page(int(page) << 10))
        for name, kilobytes in memory.SIZES.items():
            self.world.write_text(name, pages.numbered(kilobytes << 10))
        self.wrk = Wrk(self.folder)
        self.addresses = {kind: self.world.write_visitors(self.folder / f"visitors-{kind}.txt", kind)
                          for kind in ("segment", "none", "unknown")}
        self.numbered_count = min(options.requests, 200_000)
        self.numbered = self.world.write_requests(self.folder / "numbered.txt", "segment",
                                                  (f"{number}.html" for number in memory.requested(self.numbered_count)))
        self.origin = start_origin(self.folder / "origin", self.world.pages, memory.NUMBERED)
        self.starter = peers.Starter(self.folder, self.world, self.origin, options.build / "module" / "ngx_http_abm_module.so",
                                     options.node_modules)
        self.servers, self.cells, self.latency, self.recalled = {}, {}, {}, {}

    @staticmethod
    def say(line):
        print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)

    def choose(self):
        """The contenders that take part."""
        wanted = {key for table in self.options.tables for key in TABLES[table]}
        if self.options.only:
            wanted &= set(self.options.only.split(","))
        taking_part = []
        for contender in peers.CONTENDERS:
            if contender.key != "plain" and contender.key not in wanted:
                continue
            why = peers.missing(contender, self.options.node_modules, self.starter.known)
            if why:
                self.absent[contender.key] = why
            else:
                taking_part.append(contender)
        return taking_part

    def plan(self):
        """{cell: keys of the contenders that it is measured with}"""
        cells, http2 = {}, h2load.missing()
        if "others" in self.options.tables:
            for place in self.options.places:
                for size in self.options.sizes:
                    if self.options.mode == "long" or size == "64" or not rows.zipped(place):
                        cells[f"{place} {size}"] = peers.COMPARED
        if "seen" in self.options.tables:
            for cell in rows.http1_cells():
                cells.setdefault(cell, rows.CONTENDERS)
            if http2:
                self.absent["HTTP/2"] = http2
            else:
                cells |= {cell: rows.HTTP2 for cell in rows.http2_cells()}
        if "gzip" in self.options.tables:
            for cell in rows.gzip_cells():
                cells[cell] = tuple(dict.fromkeys((*cells.get(cell, ()), *rows.GZIP_CONTENDERS)))
        if self.options.cells:
            wanted = self.options.cells.split(",")
            if unknown := set(wanted) - set(cells):
                raise SystemExit(f"no such cells: {', '.join(sorted(unknown))}; there are: {', '.join(cells)}")
            cells = {cell: keys for cell, keys in cells.items() if cell in wanted}
        return cells

    def wrong(self, contender, plan):
        """What is wrong with a contender's responses; says so."""
        faults = check(contender, self.servers[contender.key], self.world,
                       [cell for cell, keys in plan.items() if contender.key in keys], self.names)
        for fault in faults:
            self.say(f"WRONG {fault}")
        if faults:
            self.absent[contender.key] = f"its answers are wrong: {faults[0]}"
        return bool(faults)

    def start(self, taking_part, plan):
        for contender in taking_part:
            self.servers[contender.key] = self.starter.start(contender)
            if self.wrong(contender, plan):
                self.servers.pop(contender.key).stop()
            else:
                self.say(f"right answers: {contender.key}")
        return [contender for contender in taking_part if contender.key in self.servers]

    def one(self, contender, cell, connections=None, seconds=None, kind=None):
        http2, place, page = rows.split(cell)
        server, path = self.servers[contender.key], f"/{place}/{self.names[page]}"
        if http2:
            visitors = [address for address, _ in self.world.visitors(contender.visitors, h2load.VISITORS)]
            return h2load.run(server, path, visitors, seconds or self.options.seconds)
        most = contender.connections if not rows.zipped(cell) else min(contender.connections, rows.GZIP_CONNECTIONS)
        return self.wrk.run(server, path, self.addresses[contender.visitors], seconds or self.options.seconds, connections or most,
                            kind or ("gzip" if rows.zipped(cell) else "plain"))

    def warm(self, taking_part, plan):
        """Unmeasured runs of each cell, since a page is learned while it is served: at the latest now. What is compressed once is
        compressed between requests, the answers of some visitors after those of others."""
        for contender in taking_part:
            if contender.ours and contender.visitors == "segment" and contender.key != "abm-scan":
                for cell, keys in plan.items():
                    if contender.key in keys and not cell.startswith("h2"):
                        for _ in range(3 if rows.zipped(cell) else 1):
                            self.one(contender, cell)
                            time.sleep(1 if rows.zipped(cell) else 0)

    def run(self, taking_part, plan):
        if "abm_page_memory" in self.starter.known:
            self.warm(taking_part, plan)
        for number in range(self.options.rounds):
            for cell, keys in plan.items():
                turned = taking_part[number % len(taking_part):] + taking_part[:number % len(taking_part)]
                for contender in (one for one in turned if one.key in keys):
                    load = self.one(contender, cell)
                    self.cells.setdefault(cell, {}).setdefault(contender.key, []).append(
                        {"cpu_us": load.cpu_us, "per_second": load.per_second})
            for place in ("static", "proxied"):
                if "others" not in self.options.tables or f"{place} 64" not in plan:
                    continue
                for contender in (one for one in taking_part if one.key in plan[f"{place} 64"]):
                    load = self.one(contender, f"{place} 64", connections=1)
                    self.latency.setdefault(place, {}).setdefault(contender.key, []).append(
                        {"p50": load.p50, "p99": load.p99, "p999": load.p999})
            self.say(f"round {number + 1} of {self.options.rounds}")
        return {key: server.rss_mb() for key, server in self.servers.items()}

    def probe(self, plan):
        """How the module recalled each page under load, over HTTP/1.1."""
        if "abm" in self.servers and "$abm_recall" in self.starter.known:
            for cell, keys in plan.items():
                if "abm" in keys and not cell.startswith("h2") and not rows.zipped(cell):
                    lines = probe.lines_after(self.servers["abm"],
                                              lambda wanted=cell: self.one(peers.BY_KEY["abm"], wanted, kind="probe"))
                    self.recalled[cell] = probe.recalled(lines)

    def memory(self, taking_part):
        """Of a worker of its own, with page memory and without."""
        out = {}
        for key in [one.key for one in taking_part if one.key in ("abm", "abm-scan")]:
            out[key] = memory.measure(self, key, self.options.requests)
            self.say(f"memory, {key}: peak {out[key]['peak']:.1f} MB")
            for fault in out[key]["faults"]:
                self.say(f"WRONG {fault}")
            if out[key]["faults"]:
                self.absent[key] = f"its answers are wrong: {out[key]['faults'][0]}"
        return out

    def stop(self):
        for server in [*self.servers.values(), self.origin]:
            server.stop()


def main(arguments):
    options = parse(arguments)
    comparison = Comparison(options)
    try:
        plan = comparison.plan()
        taking_part = comparison.start(comparison.choose(), plan)
        keys = [contender.key for contender in taking_part]
        rss = comparison.run(taking_part, plan)
        comparison.probe(plan)
        results = {"mode": options.mode, "tables": options.tables, "rounds": options.rounds, "seconds": options.seconds, "absent": comparison.absent,
                   "cpus": [SERVER_CPU, CLIENT_CPU], "contenders": keys, "cells": comparison.cells,
                   "latency": comparison.latency, "rss_mb": rss, "recalled": comparison.recalled}
        if "abm" in keys and "others" in options.tables and "64" in options.sizes and not options.cells:
            results["own_time"] = measure_own_time(comparison)
            results["slow_page"] = measure_slow_page(comparison)
        if "abm" in keys and "gzip" in options.tables:
            results["gzip"] = zipped.measure(comparison, plan)
            if not options.cells:
                results["slow_page_gzip"] = measure_slow_page(comparison, accept_gzip=True)
        if "abm" in keys and "seen" in options.tables and not options.cells:
            results["own_times"] = measure_own_times(comparison)
        # What was remembered under load is right, too.
        for contender in taking_part:
            if contender.ours:
                comparison.wrong(contender, plan)
        if "memory" in options.tables:
            results["memory"] = comparison.memory(taking_part)
    finally:
        comparison.stop()
    (options.out / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    write_report(options.out / "results.json")
    comparison.say(f"wrote {options.out}/comparison.md and its pictures")
    wrong = [key for key, why in comparison.absent.items() if why.startswith("its answers")]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
