"""What a request costs as one thing grows: pages, slots, rules, accounts, networks, connections, how many pages there are, and
how much of a page changes with every request. Compares the module with five slots against plain nginx in the same worker; writes
growth.json, growth.md and growth.svg."""

import argparse
import json
import pathlib
import shutil
import statistics
import sys
import time

import pages
from check import check_numbered, get
from growth_report import draw, write_table
from origin import start_origin
from processes import emptied, start_nginx
from sweeps import SWEEPS
from world import SLOTS, World, page
from wrk import Wrk

PAGE_KB = 64
PLACES = 16         # that change, spread over a page
SEEN = 4            # how often each page was requested before it is measured
PER_SECOND = 3000   # at least so many requests a second, when SEEN is reached


class Growth:
    def __init__(self, options):
        self.options = options
        self.folder = emptied(options.out)
        self.wrk = Wrk(self.folder)

    def page(self, sweep, value, slots):
        """The page's text, as the origin has it."""
        if sweep == "pages":
            return pages.numbered(PAGE_KB << 10)
        if sweep == "changing":
            return pages.partly_changing((PAGE_KB << 10) * (100 - value) // 100, PLACES)
        return page((value if sweep == "page" else PAGE_KB) << 10, slots)

    def point(self, sweep, value):
        """([µs of plain nginx, µs of the module] by round, MB of the worker)"""
        sizes = {"accounts": 1000, "networks": 100_000, "rules": 10, "slots": SLOTS}
        in_page = min(SLOTS, value) if sweep == "slots" else SLOTS
        if sweep == "slots-in-page":
            sizes["slots"] = in_page = value
        elif sweep in sizes:
            sizes[sweep] = value
        # A request cut off at the end of a run does not count, so large pages get few connections and more time.
        large = sweep == "page" and value >= 1024
        connections = value if sweep == "connections" else 2 if large else 32
        seconds = self.options.seconds * (4 if large else 1)
        world = World(self.folder / "site", self.options.build / "tools" / "abmctl", **sizes).publish()
        world.write_text("page.html", self.page(sweep, value, in_page))
        count = value if sweep == "pages" else 1
        names = (f"{number % count}.html" if sweep == "pages" else "page.html" for number in range(max(2000, count)))
        requests = world.write_requests(self.folder / "requests.txt", "segment", names)
        origin = start_origin(self.folder / "origin", world.pages, "default page.html;",
                              (PAGE_KB << 10) * value // 100 // PLACES if sweep == "changing" else 0)
        under = {"pages": "numbered/", "changing": "assembled/"}.get(sweep, "")
        server = start_nginx(
            self.folder / "server", "location /plain/ { proxy_pass http://origin/; } location /abm/ { abm on; proxy_pass http://origin/; }",
            f"upstream origin {{ server 127.0.0.1:{origin.port}; keepalive 64; }} abm_data {world.data};",
            (self.options.build / "module" / "ngx_http_abm_module.so",))
        try:
            visitors = world.visitors("segment", 2)
            # Returns once the worker has its data.
            get(server.port, f"/abm/{under}{0 if sweep == 'pages' else 'page'}.html", visitors[0][0], False)
            warm = max(seconds, SEEN * count // PER_SECOND)
            self.wrk.run(server, f"/abm/{under}", requests, warm, connections)
            self.check(server, world, sweep, count, under, visitors)
            rounds = [[self.wrk.run(server, f"/{place}/{under}", requests, seconds, connections).cpu_us for place in ("plain", "abm")]
                      for _ in range(self.options.rounds)]
            return rounds, server.rss_mb()
        finally:
            server.stop()
            origin.stop()
            shutil.rmtree(self.folder / "site", ignore_errors=True)

    @staticmethod
    def check(server, world, sweep, count, under, visitors):
        """Stops if a page that is measured is wrong (with other slots than the usual five, the page is another one)."""
        if sweep.startswith("slots"):
            return
        if sweep == "pages":
            faults = check_numbered(server, world, range(0, count, max(1, count // 50)), lambda _: "page.html", visitors, "/abm")
        else:
            text = (world.pages / "page.html").read_text(encoding="utf-8")
            wrong = [pages.first_difference(get(server.port, f"/abm/{under}page.html", address, False)[2], text, segment)
                     for address, segment in visitors * 2]
            faults = [f"wrong at {at}" for at in wrong if at is not None]
        if faults:
            raise RuntimeError(f"{sweep}: {faults[0]}")

    def run(self):
        results = {}
        for sweep in self.options.sweeps.split(","):
            _, long, quick = SWEEPS[sweep]
            results[sweep] = []
            for value in quick if self.options.mode == "quick" else long:
                rounds, megabytes = self.point(sweep, value)
                plain, abm = (statistics.median(one[i] for one in rounds) for i in (0, 1))
                added = statistics.median(one[1] - one[0] for one in rounds)
                print(f"{time.strftime('%H:%M:%S')} {sweep} {value}: plain {plain:.0f} µs, abm {abm:.0f} µs, {megabytes:.1f} MB",
                      file=sys.stderr, flush=True)
                results[sweep].append({"value": value, "plain": plain, "abm": abm, "added": added, "mb": megabytes})
                self.save(results)
        return results

    def save(self, results):
        (self.options.out / "growth.json").write_text(json.dumps(results, indent=1), encoding="utf-8")


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
