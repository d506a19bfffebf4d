"""What a request costs as one thing grows: pages, slots, rules, accounts, networks, connections. Compares the module with
five slots against plain nginx in the same worker; writes growth.json, growth.md and growth.svg."""

import argparse
import json
import pathlib
import shutil
import statistics
import sys
import time

from check import get
from processes import CLIENT_CPU, emptied, start_nginx
from world import SLOTS, World
from wrk import Wrk

PAGE_KB = 64
SWEEPS = {
    "page": ("size of the page, KB", (1, 4, 16, 64, 256, 1024, 4096, 8192), (1, 16, 256, 4096)),
    "slots": ("slots defined and won, 5 in the page", (1, 5, 20, 50, 100, 200), (5, 50, 200)),
    "slots-in-page": ("slots defined, won and in the page", (1, 5, 20, 50, 100, 200), (5, 50, 200)),
    "rules": ("rules", (10, 100, 1000, 10_000), (10, 10_000)),
    "accounts": ("accounts", (1000, 10_000, 100_000, 1_000_000), (1000, 100_000)),
    "networks": ("networks", (1000, 10_000, 100_000, 1_000_000), (1000, 100_000)),
    "connections": ("connections", (1, 10, 100, 1000), (1, 100)),
}


class Growth:
    def __init__(self, options):
        self.options = options
        self.folder = emptied(options.out)
        self.wrk = Wrk(self.folder)

    def point(self, sweep, value):
        """[µs of plain nginx, µs of the module] by round."""
        sizes = {"accounts": 1000, "networks": 100_000, "rules": 10, "slots": SLOTS}
        in_page = min(SLOTS, value) if sweep == "slots" else SLOTS
        if sweep == "slots-in-page":
            sizes["slots"] = in_page = value
        elif sweep in sizes:
            sizes[sweep] = value
        kilobytes = value if sweep == "page" else PAGE_KB
        # A request cut off at the end of a run does not count, so large pages get few connections and more time.
        large = kilobytes >= 1024
        connections = value if sweep == "connections" else 2 if large else 32
        seconds = self.options.seconds * (4 if large else 1)
        world = World(self.folder / "site", self.options.build / "tools" / "abmctl", **sizes).publish()
        world.write_page("page.html", kilobytes << 10, in_page)
        addresses = world.write_visitors(self.folder / "visitors.txt", "segment")
        origin = start_nginx(self.folder / "origin", f"root {world.pages};", cpu=CLIENT_CPU)
        proxied = "proxy_pass http://origin/;"
        server = start_nginx(
            self.folder / "server", f"location /plain/ {{ {proxied} }} location /abm/ {{ abm on; {proxied} }}",
            f"upstream origin {{ server 127.0.0.1:{origin.port}; keepalive 64; }} abm_data {world.data};",
            (self.options.build / "module" / "ngx_http_abm_module.so",))
        try:
            get(server.port, "/abm/page.html", world.visitors("segment", 1)[0][0], False)  # returns once the worker has its data
            self.wrk.run(server, "/abm/page.html", addresses, seconds, connections)
            return [[self.wrk.run(server, f"/{place}/page.html", addresses, seconds, connections).cpu_us
                     for place in ("plain", "abm")] for _ in range(self.options.rounds)]
        finally:
            server.stop()
            origin.stop()
            shutil.rmtree(self.folder / "site", ignore_errors=True)

    def run(self):
        results = {}
        for sweep in self.options.sweeps.split(","):
            _, long, quick = SWEEPS[sweep]
            results[sweep] = []
            for value in quick if self.options.mode == "quick" else long:
                rounds = self.point(sweep, value)
                plain, abm = (statistics.median(one[i] for one in rounds) for i in (0, 1))
                added = statistics.median(one[1] - one[0] for one in rounds)
                print(f"{time.strftime('%H:%M:%S')} {sweep} {value}: plain {plain:.0f} µs, abm {abm:.0f} µs", file=sys.stderr,
                      flush=True)
                results[sweep].append({"value": value, "plain": plain, "abm": abm, "added": added})
                self.save(results)
        return results

    def save(self, results):
        (self.options.out / "growth.json").write_text(json.dumps(results, indent=1), encoding="utf-8")


def write_table(results, path):
    lines = ["| what grows | | plain nginx, µs | abm, µs | added, µs |", "|---|---|---|---|---|"]
    for sweep, points in results.items():
        for point in points:
            lines.append(f"| {SWEEPS[sweep][0]} | {point['value']:,} | {point['plain']:.0f} | {point['abm']:.0f} | "
                         f"{point['added']:.0f} |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def short(value):
    """1, 10, 100, 1k, 10k …"""
    for unit, name in ((1_000_000, "M"), (1000, "k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def draw(results, path):
    import matplotlib
    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    columns = 4
    rows = (len(results) + columns - 1) // columns
    figure, axes = plt.subplots(rows, columns, figsize=(3.4 * columns, 3.0 * rows), squeeze=False)
    for axis, (sweep, points) in zip(axes.flat, results.items()):
        values = [point["value"] for point in points]
        axis.plot(values, [point["plain"] for point in points], "o-", color="#9aa5b1", markersize=3, label="plain nginx")
        axis.plot(values, [point["abm"] for point in points], "o-", color="#1b7f4d", markersize=3, label="abm, edits won")
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter(lambda value, _: short(value))
        if sweep == "page":
            axis.set_yscale("log")
            axis.yaxis.set_major_formatter(lambda value, _: short(value))
            axis.yaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())
        else:
            axis.set_ylim(bottom=0)
        axis.set_xlabel(SWEEPS[sweep][0], fontsize=9)
        axis.grid(linewidth=0.4, alpha=0.6)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes.flat[len(results):]:
        axis.axis("off")
    for row in axes:
        row[0].set_ylabel("CPU per request, µs", fontsize=9)
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="lower right", fontsize=9, frameon=False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", nargs="?", choices=("quick", "long"), default="quick")
    parser.add_argument("--build", type=lambda name: pathlib.Path(name).resolve(), required=True)
    parser.add_argument("--out", type=lambda name: pathlib.Path(name).resolve(), required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--sweeps", default=",".join(SWEEPS), help="by comma")
    options = parser.parse_args(arguments)
    results = Growth(options).run()
    write_table(results, options.out / "growth.md")
    draw(results, options.out / "growth.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
