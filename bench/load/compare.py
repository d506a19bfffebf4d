"""The load comparison: checks every contender, measures them in turns, and writes results.json, Markdown and SVG."""

import argparse
import json
import pathlib
import sys
import time

import contenders as peers
from check import check
from goals import measure_own_time, measure_slow_page
from processes import CLIENT_CPU, SERVER_CPU, emptied, start_nginx
from report import write_report
from world import World
from wrk import Wrk

HERE = pathlib.Path(__file__).resolve().parent
SIZES = {"8": 8 << 10, "64": 64 << 10, "512": 512 << 10}


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", nargs="?", choices=("quick", "long"), default="quick",
                        help="quick: 3 rounds, gzip at 64 KB only, a few minutes; long: 9 rounds of everything")
    parser.add_argument("--build", type=lambda name: pathlib.Path(name).resolve(), required=True,
                        help="build folder with module and abmctl")
    parser.add_argument("--out", type=lambda name: pathlib.Path(name).resolve(), required=True, help="folder for results, emptied first")
    parser.add_argument("--node-modules", type=pathlib.Path, default=HERE / "peers" / "node_modules")
    parser.add_argument("--rounds", type=int, help="how often every cell is measured")
    parser.add_argument("--seconds", type=int, default=1, help="length of one measurement")
    parser.add_argument("--only", help="contenders, by comma; plain is always there")
    parser.add_argument("--sizes", default="8,64,512", help="pages in KB, by comma")
    parser.add_argument("--places", default=",".join(peers.PLACES), help="static, proxied, static-gzip, proxied-gzip")
    chosen = parser.parse_args(arguments)
    chosen.rounds = chosen.rounds or (3 if chosen.mode == "quick" else 9)
    chosen.sizes = chosen.sizes.split(",")
    chosen.places = chosen.places.split(",")
    return chosen


def choose(options):
    """The contenders that take part, and those that cannot, with the reason."""
    wanted = options.only.split(",") if options.only else list(peers.BY_KEY)
    taking_part, absent = [], {}
    for contender in peers.CONTENDERS:
        if contender.key != "plain" and contender.key not in wanted:
            continue
        why = peers.missing(contender, options.node_modules)
        if why:
            absent[contender.key] = why
        else:
            taking_part.append(contender)
    return taking_part, absent


class Comparison:
    def __init__(self, options):
        self.options = options
        self.folder = emptied(options.out)
        self.say("publishing the site: 1,000 accounts, 100,000 networks, 10 rules, 5 slots")
        self.world = World(self.folder / "site", options.build / "tools" / "abmctl").publish()
        self.names = {size: f"page-{size}k.html" for size in options.sizes}
        for size, name in self.names.items():
            self.world.write_page(name, SIZES.get(size) or int(size) << 10)
        self.wrk = Wrk(self.folder)
        self.addresses = {kind: self.world.write_visitors(self.folder / f"visitors-{kind}.txt", kind)
                          for kind in ("segment", "none", "unknown")}
        self.origin = start_nginx(self.folder / "origin", f"root {self.world.pages};", cpu=CLIENT_CPU)
        self.servers = {}
        self.cells, self.latency = {}, {}

    @staticmethod
    def say(line):
        print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)

    def start(self, taking_part, absent):
        starter = peers.Starter(self.folder, self.world, self.origin, self.options.build / "module" / "ngx_http_abm_module.so",
                                self.options.node_modules)
        for contender in taking_part:
            server = starter.start(contender)
            self.servers[contender.key] = server
            faults = check(contender, server, self.world, self.names.values())
            for fault in faults:
                self.say(f"WRONG {fault}")
            if faults:
                absent[contender.key] = f"its answers are wrong: {faults[0]}"
                self.servers.pop(contender.key).stop()
            else:
                self.say(f"right answers: {contender.key}")
        return [contender for contender in taking_part if contender.key in self.servers]

    def one(self, contender, place, size, connections=None, seconds=None):
        gzip = place.endswith("-gzip")
        return self.wrk.run(self.servers[contender.key], f"/{place}/{self.names[size]}", self.addresses[contender.visitors],
                            seconds or self.options.seconds, connections or contender.connections, gzip)

    def plan(self):
        cells = [(place, size) for place in self.options.places for size in self.options.sizes]
        if self.options.mode == "quick":
            cells = [(place, size) for place, size in cells if size == "64" or not place.endswith("-gzip")]
        return cells

    def run(self, taking_part):
        for number in range(self.options.rounds):
            for place, size in self.plan():
                turned = taking_part[number % len(taking_part):] + taking_part[:number % len(taking_part)]
                for contender in turned:
                    load = self.one(contender, place, size)
                    self.cells.setdefault(f"{place} {size}", {}).setdefault(contender.key, []).append(
                        {"cpu_us": load.cpu_us, "per_second": load.per_second})
            for place in ("static", "proxied"):
                if place not in self.options.places or "64" not in self.options.sizes:
                    continue
                for contender in taking_part:
                    load = self.one(contender, place, "64", connections=1)
                    self.latency.setdefault(place, {}).setdefault(contender.key, []).append(
                        {"p50": load.p50, "p99": load.p99, "p999": load.p999})
            self.say(f"round {number + 1} of {self.options.rounds}")
        return {key: server.rss_mb() for key, server in self.servers.items()}

    def stop(self):
        for server in [*self.servers.values(), self.origin]:
            server.stop()


def main(arguments):
    options = parse(arguments)
    comparison = Comparison(options)
    try:
        taking_part, absent = choose(options)
        taking_part = comparison.start(taking_part, absent)
        keys = [contender.key for contender in taking_part]
        rss = comparison.run(taking_part)
        results = {"mode": options.mode, "rounds": options.rounds, "seconds": options.seconds, "absent": absent,
                   "cpus": [SERVER_CPU, CLIENT_CPU], "contenders": keys, "cells": comparison.cells,
                   "latency": comparison.latency, "rss_mb": rss}
        if "abm" in keys and "64" in options.sizes:
            results["own_time"] = measure_own_time(comparison)
            results["slow_page"] = measure_slow_page(comparison)
    finally:
        comparison.stop()
    (options.out / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    write_report(options.out / "results.json")
    comparison.say(f"wrote {options.out}/comparison.md and comparison.svg")
    wrong = [key for key, why in absent.items() if why.startswith("its answers")]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
