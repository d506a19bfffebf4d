"""The report's part on pages that were seen before: wanted beside found."""

import statistics

import memory
import probe
from contenders import BY_KEY
from ratios import median_ratio
from rows import MORE_CELLS, OWN_TIME, RIVALS, ROWS, http1_cells, split

NONE = "–"


def ratio(results, cell, key, base="plain"):
    """Or None, where one of them was not measured."""
    measured = results["cells"].get(cell, {})
    return median_ratio(measured[key], measured[base]) if key in measured and base in measured else None


def figure(found):
    return NONE if found is None else f"{found:.2f} ×"


def table(results):
    """One line for each row: its wanted figure, and what was found; all as multiples of plain nginx."""
    if not any(cell in results["cells"] for cell in http1_cells()) or "abm" not in results["contenders"]:
        return []
    keys = ("abm-scan", *RIVALS)
    lines = ["| page, identified visitors | plain nginx | wanted | **abm** | recalled | HTTP/2: plain | abm | "
             + " | ".join(BY_KEY[key].title for key in keys) + " |", "|---|---|---|---|---|---|---|" + "---|" * len(keys)]
    entries = [(row.title, row.cell(), f"≤ {row.wanted:g} ×" + (" `off`" if row.against == "abm-scan" else "")) for row in ROWS]
    entries += [(title, cell, NONE) for cell, title in MORE_CELLS.items()]
    for title, cell, wanted in entries:
        if cell not in results["cells"]:
            continue
        plain = {name: statistics.median(one["cpu_us"] for one in results["cells"][name]["plain"]) for name in (cell, f"h2 {cell}")
                 if name in results["cells"]}
        over_http2 = f"{plain[f'h2 {cell}']:.0f} µs" if f"h2 {cell}" in plain else NONE
        lines.append(f"| {title} | {plain[cell]:.0f} µs | {wanted} | {figure(ratio(results, cell, 'abm'))} | "
                     f"{probe.shares(results['recalled'].get(cell, {}))} | {over_http2} | {figure(ratio(results, f'h2 {cell}', 'abm'))} | "
                     + " | ".join(figure(ratio(results, cell, key)) for key in keys) + " |")
    return [*lines, "", "× plain nginx, by CPU of the server; `off`: the module with `abm_page_memory off`. Other columns than HTTP/2's "
            "are HTTP/1.1."]


def goals(results):
    """(text, reached, figure)"""
    lines = []
    for row in ROWS:
        for http2 in (False, True):
            found = ratio(results, row.cell(http2), "abm", row.against)
            if found is not None:
                base = "plain" if row.against == "plain" else "`abm_page_memory off`"
                lines.append((f"{'HTTP/2, ' if http2 else ''}{row.title}: ≤ {row.wanted:g} × {base}", found <= row.wanted, f"{found:.2f} ×"))
    for key in RIVALS:
        found = {cell: ratio(results, cell, "abm", key) for cell in results["cells"] if "gzip" not in cell and not split(cell)[0]}
        found = {cell: of for cell, of in found.items() if of is not None}
        if found:
            ahead = ", ".join(f"{cell} {of:.2f}" for cell, of in found.items() if of >= 1)
            lines.append((f"5 slots, without gzip: below {BY_KEY[key].title} in each of {len(found)} cells", not ahead,
                          f"ahead of us: {ahead}" if ahead else f"at most {max(found.values()):.2f} of it"))
    for place, own in results.get("own_times", {}).items():
        for (name, _, limit), found in zip(OWN_TIME, own["us"]):
            lines.append((f"own time, {place} 788 KB, WordPress-like, under load: {name} ≤ {limit} µs", found <= limit,
                          f"{found} µs, {own['requests']} requests, recalled: {probe.shares(own['recalled'])}"))
    if results.get("memory", {}).get("abm"):
        lines += memory.goals(results["memory"])
    return lines
