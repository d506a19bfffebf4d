"""`python3 -m soak SECONDS`: runs the storm, then the steady part, then reports; status 1 if a page was
wrong or missing."""

import argparse
import json
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.client import fetch  # noqa: E402
from harness.nginx import STATUS, Nginx  # noqa: E402
from harness.places import free_port  # noqa: E402
from soak.example import FILES, VISITORS, Example  # noqa: E402
from soak.steady import Steady, grown  # noqa: E402
from soak.storm import Storm  # noqa: E402
from soak.visitors import Visitors  # noqa: E402

# What a run of two minutes must have seen according to the storm's schedule.
AT_LEAST = {"swaps": 100, "reloads": 20, "kills": 5, "upgrades": 1}

ORIGIN = """
    server {{ listen 127.0.0.1:{plain}; root {pages}; charset utf-8; location / {{ try_files $uri $uri.html $uri/index.html =404; }} }}
    server {{ listen 127.0.0.1:{encoded}; root {pages}; charset utf-8; gzip_static always;
              location / {{ try_files $uri $uri.html $uri/index.html =404; }} }}
"""

FRONT = """
    gzip on; gzip_min_length 1; gzip_proxied any; charset utf-8;
    add_header X-Generation $abm_generation always;
    proxy_cache_path cache keys_zone=pages:1m;
    server {{ listen 127.0.0.1:{ports[0]}; root {pages}; abm_gzip always; location / {{ abm on; try_files $uri $uri.html $uri/index.html =404; }} }}
    server {{ listen 127.0.0.1:{ports[1]}; location / {{ abm on; abm_gzip always; proxy_pass http://127.0.0.1:{plain}; proxy_buffering off; }} }}
    server {{ listen 127.0.0.1:{ports[2]}; location / {{ abm on; proxy_pass http://127.0.0.1:{plain}; proxy_cache pages;
              proxy_cache_valid 200 1s; proxy_cache_lock on; proxy_cache_use_stale updating; proxy_cache_background_update on; }} }}
    server {{ listen 127.0.0.1:{ports[3]}; location / {{ abm on; proxy_pass http://127.0.0.1:{encoded};
              proxy_buffers 8 1k; proxy_buffer_size 1k; proxy_busy_buffers_size 2k; }} }}
"""


def say(text):
    print(text, file=sys.stderr, flush=True)


def storm(folder, example, seconds):
    plain, encoded, ports = free_port(), free_port(), [free_port() for _ in range(4)]
    (folder / "origin").mkdir()
    (folder / "front").mkdir()
    origin = Nginx(folder / "origin", load=False, abm="access_log off;", workers=1,
                   http=ORIGIN.format(plain=plain, encoded=encoded, pages=example.pages))
    origin.config.write_text(origin.config.read_text().replace("abm on;", ""))
    front = Nginx(folder / "front", data=example.data, daemon=True, workers=2, log_level="notice", server=STATUS,
                  http=FRONT.format(plain=plain, encoded=encoded, pages=example.pages, ports=ports))
    front.allowed.append(r"exited on signal 9")
    with origin, front:
        visitors = Visitors(example, ports, threads=6)
        start = time.monotonic()
        with visitors:
            events = Storm(front, example, visitors)
            events.run(seconds)
        took = time.monotonic() - start
        lines = front.visits()
        visitors.counts["spliced"] = front.status()["gzip"]["spliced"]  # since the last change of binaries
    front.check_errors()
    return visitors, events, took, len(lines)


def steady(folder, example, swaps, aborts):
    (folder / "steady").mkdir()
    big = folder / "big"
    big.mkdir()
    page = example.original("/") * 100
    (big / "index.html").write_bytes(page)
    nginx = Nginx(folder / "steady", data=example.data, workers=1, log_level="notice", http="gzip on; abm_gzip always;",
                  server=f"{Steady.LOCATION} location = / {{ abm on; root {big}; try_files /index.html =404; }}")
    nginx.config.write_text(nginx.config.read_text().replace("abm_poll 50ms", "abm_poll 10ms").replace(
        "location / { abm on;", "location /proxied { abm on;"))
    with nginx:
        assert fetch(nginx.port, ip=VISITORS[0]).body != page, "the page is not personalized"
        return Steady(nginx, example.flip, example.generations, "/", VISITORS[0], len(page)).compare(swaps, aborts)


def main():
    parser = argparse.ArgumentParser(prog="./run soak", description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=120)
    parser.add_argument("--swaps", type=int, default=1000, help="of the steady part")
    parser.add_argument("--aborts", type=int, default=10000, help="of the steady part")
    parser.add_argument("--json", action="store_true", help="the report as JSON on stdout")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="abm-soak-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        say(f"soak: publishing generations and rendering {len(VISITORS)} visitors' {len(FILES)} pages in each")
        example = Example(folder / "site", generations=6)
        say(f"soak: storm for {options.seconds:g} seconds")
        visitors, events, took, lines = storm(folder, example, options.seconds)
        say(f"soak: {options.swaps} swaps and {options.aborts} aborted requests on one worker")
        before, after = steady(folder, example, options.swaps, options.aborts)
    report = {"seconds": round(took, 1), **{what: visitors.counts[what] for what in (
        "requests", "failed", "spliced", "cut by a kill", "idle connections closed", "aborted")}, **events.counts,
        "generations seen": len(visitors.seen), "visit lines": lines, "held before": before, "held after": after}
    problems = [f"a page failed: {failure}" for failure in visitors.failures]
    problems += [f"{what} grew from {first} to {last}" for what, (first, last) in grown(before, after).items()]
    if options.seconds >= 120:
        problems += [f"only {events.counts[what]} {what}" for what, least in AT_LEAST.items() if events.counts[what] < least]
    if visitors.counts["requests"] == 0 or len(visitors.seen) < 2:
        problems.append("nobody saw generations change")
    if visitors.counts["spliced"] == 0:
        problems.append("no answer was spliced")
    if options.json:
        print(json.dumps(report, indent=1))
    else:
        print("\n".join(f"{what:24} {value}" for what, value in report.items()))
    for problem in problems:
        say(f"soak: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
