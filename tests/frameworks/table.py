"""measured.json, and the tables in conf/frameworks/README.md that are made from it."""

import json
import pathlib

from apps import APPS
from operations import OPERATIONS
from verdict import ALL_REVERTED, BREAKS, GARBLED, NOISY, RENDERED, REVERTED, STAYS
from visit import EDITED

HERE = pathlib.Path(__file__).resolve().parent
MEASURED = HERE / "measured.json"
README = HERE.parents[1] / "conf" / "frameworks" / "README.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

# Cells are short, or the table would not fit a screen.
CELLS = {STAYS: "stays", RENDERED: "until render", REVERTED: "reverted", ALL_REVERTED: "**all** reverted", GARBLED: "**garbled**",
         BREAKS: "**breaks**", NOISY: "stays, error"}
DELIVERIES = {"html": "Delivered as HTML", "script": "Delivered by script"}


def load():
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def save(measured):
    MEASURED.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def rendered(measured):
    """The block between the marks."""
    parts = [versions(measured)]
    for delivery, heading in DELIVERIES.items():
        results = measured["results"].get(delivery)
        if results:
            parts.append(f"### {heading}\n\n{grid(results)}\n\n{frames(results)}")
    return "\n\n".join(parts)


def versions(measured):
    told = ", ".join(f"{APPS[name].title} ({', '.join(f'{package} {version}' for package, version in pinned.items())})"
                     for name, pinned in measured["versions"].items())
    return f"Measured with {measured['browser']}: {told}."


def grid(results):
    names = [name for name in APPS if name in results]
    lines = ["| operation | " + " | ".join(APPS[name].title for name in names) + " |", "|---" * (len(names) + 1) + "|"]
    for operation in OPERATIONS:
        found = [results[name].get(operation.name) for name in names]
        if any(found):
            lines.append(f"| {operation.label} | " + " | ".join(CELLS[one["verdict"]] if one else "" for one in found) + " |")
    return "\n".join(lines)


def frames(results):
    """How long what does not stay was seen, and whether what stays ever looked otherwise."""
    shown = [one for operations in results.values() for one in operations.values()]
    flashes = sorted(one["flash"] for one in shown if one["verdict"] in (REVERTED, ALL_REVERTED) and one["flash"])
    steady = [one for one in shown if one["verdict"] == STAYS]
    still = sum(1 for one in steady if one["flash"] == 0)
    told = f"Of {len(steady)} edits that stay, {still} were there in every frame from the first paint on"
    hidden = sorted(one["hidden"] for one in steady if one["hidden"])
    if hidden:
        told += f"; {len(hidden)} slots were hidden first, for {hidden[0]} to {hidden[-1]} frames"
    if flashes:
        told += f". What is reverted was seen for {flashes[0]} to {flashes[-1]} frames (in the middle, {flashes[len(flashes) // 2]}) before it went"
    away = sum(1 for one in steady if one["navigated"] == EDITED)
    return f"{told}. After a link had navigated in the browser, {away} of those that stay showed on the next page as well."


def write(measured):
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    README.write_text(f"{before}{BEGIN}\n{rendered(measured)}\n{END}{after}", encoding="utf-8")
