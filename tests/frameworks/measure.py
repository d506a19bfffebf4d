#!/usr/bin/env python3
"""Tries every operation on every app, each delivered in every way, and rewrites measured.json and the tables of
conf/frameworks/README.md. `./run frameworks` installs what this needs and calls it."""

import argparse
import pathlib
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))  # ports.py, browser.py

from apps import APPS, Unavailable, build
from operations import BY_NAME, STRANGER, address
from stage import DELIVERIES, Stage, delivers, missing
from table import MEASURED, load, save, write
from verdict import BREAKS, GARBLED, STAYS, WORDS, codes, verdict

PATIENCE = 4.0  # seconds; pages that break are waited for as long
PAGES = pathlib.Path(__file__).resolve().parent / "pages"


def names(text, known, what):
    """The comma-separated names in `text`, all of them for "all"."""
    chosen = list(known) if text == "all" else text.split(",")
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise SystemExit(f"measure: unknown {what} '{unknown[0]}'; there are: {', '.join(known)}")
    return chosen


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--apps", default="all", metavar="NAME,…", help="only these apps; what was measured of the others is kept")
    parser.add_argument("--operations", default="all", metavar="NAME,…", help="only these; prints what it sees and writes nothing")
    parser.add_argument("--deliveries", default="all", metavar="NAME,…", help="html, script; one that the module does not know is left out")
    parser.add_argument("--no-build", action="store_true", help="the apps are built already")
    parser.add_argument("--outlines", action="store_true", help="print what is left of pages that are garbled or broken")
    options = parser.parse_args()
    options.apps = names(options.apps, APPS, "app")
    options.partial = options.operations != "all"
    options.operations = names(options.operations, BY_NAME, "operation")
    options.deliveries = names(options.deliveries, DELIVERIES, "delivery")
    return options


def measure(visitor, app, operations, outlines):
    """Operation → what was seen. An app on which nothing is edited must be hydrated without a word."""
    plain = visitor.visit(STRANGER, PATIENCE)
    if verdict(plain) != STAYS:
        raise RuntimeError(f"{app.name}: the unedited page is not what it should be: {plain}")
    found = {}
    for name in operations:
        operation = BY_NAME[name]
        if not operation.applies(app):
            continue
        seen = visitor.visit(address(operation), PATIENCE)
        what = verdict(seen)
        said = codes(seen.console)
        found[name] = {"verdict": what, "navigated": seen.states.get("away", "not there"), "flash": seen.flash(), "hidden": seen.hidden(), "console": said}
        print(f"  {name:20} {WORDS[what]:22} {'/'.join(seen.states.values()):36} frames: {seen.flash():2} flash, {seen.hidden():2} hidden, "
              f"{seen.early():2} before hydration, {len(seen.frames):3} in all  {', '.join(said)}", flush=True)
        if outlines and what in (BREAKS, GARBLED):
            print("    " + seen.outline.replace("\n", "\n    "), flush=True)
    return found


def save_page(app, port):
    """The HTML as the app sends it, for tests of what recognises frameworks."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
        (PAGES / f"{app.name}.html").write_bytes(answer.read())


def main():
    options = arguments()
    what = missing()
    if what:
        raise SystemExit(f"measure: {what} is missing; ./run frameworks installs and builds what is needed")
    measured = load() if MEASURED.exists() else {"browser": "", "versions": {}, "results": {}}
    with tempfile.TemporaryDirectory(prefix="abm-frameworks-") as folder:
        pathlib.Path(folder).chmod(0o755)
        with Stage(pathlib.Path(folder)) as stage:
            measured["browser"] = f"Chromium {stage.browser.version.split('.')[0]}"
            for name in options.apps:
                app = APPS[name]
                if not options.no_build:
                    print(f"{name}: building", flush=True)
                    build(app)
                for delivery in options.deliveries:
                    if not delivers(delivery):
                        print(f"{name}, {delivery}: left out, because this module has no such delivery", flush=True)
                        continue
                    print(f"{name}, {delivery}:", flush=True)
                    with stage.serve(app, delivery) as visitor:
                        found = measure(visitor, app, options.operations, options.outlines)
                        if not options.partial:
                            save_page(app, visitor.plain_port)
                            measured["results"].setdefault(delivery, {})[name] = found
                            measured["versions"][name] = app.versions()
                            measured["versions"] = {known: measured["versions"][known] for known in APPS if known in measured["versions"]}
                            save(measured)
    if not options.partial:
        write(measured)


if __name__ == "__main__":
    try:
        main()
    except (Unavailable, RuntimeError) as error:
        sys.exit(f"measure: {error}")
