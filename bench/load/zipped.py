"""The report's part on compressed pages: wanted beside found, what it costs in bytes, and README.md's picture of it."""

import html
import statistics

from check import send
from contenders import BY_KEY
from goals import status
from ratios import median_ratio
from rows import GZIP_RIVAL_COSTS, GZIP_ROWS, MORE_GZIP_CELLS, gzip_cells, split
from seen import NONE, figure, ratio

OURS = {"abm": "`abm_gzip auto`", "abm-gzip-always": "`always`", "abm-gzip-off": "`off`"}
SAME_BYTES = "abm-gzip-off"  # sends the same page as the others of ours, compressed by nginx


def measure(comparison, plan):
    """{"bytes": {cell: {key: of one answer}}, "spliced": {cell: {key: share of the answers}}}, once pages are known."""
    address = comparison.world.visitors("segment")[0][0]
    told = {"bytes": {}, "spliced": {}}
    for cell in (cell for cell in gzip_cells() if cell in plan):
        _, place, page = split(cell)
        for key in (key for key in plan[cell] if key in comparison.servers):
            server = comparison.servers[key]
            told["bytes"].setdefault(cell, {})[key] = len(send(server.port, f"/{place}/{comparison.names[page]}", address, True)[1])
            if key in OURS:
                before = status(server)["gzip"]["spliced"]
                load = comparison.one(BY_KEY[key], cell)
                spliced = (status(server)["gzip"]["spliced"] - before) / load.requests
                told["spliced"].setdefault(cell, {})[key] = min(1, spliced)  # answers cut off at the end were not counted by wrk
    return told


def plain_us(results, cell):
    return statistics.median(one["cpu_us"] for one in results["cells"][cell]["plain"])


def larger(results, cell, key):
    """Than nginx makes the same page."""
    told = results["gzip"]["bytes"].get(cell, {})
    return f"{told[key] / told[SAME_BYTES] - 1:+.1%}" if key in told and SAME_BYTES in told else NONE


def table(results):
    """One line for each row: its wanted figure, and what was found; all as multiples of plain nginx with gzip."""
    if "gzip" not in results:
        return []
    lines = ["| page, identified visitors | plain nginx, `gzip on` | wanted | " + " | ".join(OURS.values())
             + f" | {BY_KEY['sub_filter'].title} | spliced: `auto`, `always` | nginx's bytes | `auto` | `always` |",
             "|---|---|---|" + "---|" * (len(OURS) + 5)]
    entries = [(row.title, row.cell(), f"≤ {row.wanted:g} ×" + ("" if row.ours == "abm" else f" {OURS[row.ours]}")) for row in GZIP_ROWS]
    entries += [(title, cell, NONE) for cell, title in MORE_GZIP_CELLS.items()]
    for title, cell, wanted in entries:
        if cell in results["gzip"]["bytes"]:
            spliced = [f"{results['gzip']['spliced'][cell][key]:.0%}" if key in results["gzip"]["spliced"][cell] else NONE
                       for key in ("abm", "abm-gzip-always")]
            size = results["gzip"]["bytes"][cell].get(SAME_BYTES)
            lines.append(f"| {title} | {plain_us(results, cell):.0f} µs | {wanted} | "
                         + " | ".join(figure(ratio(results, cell, key)) for key in (*OURS, "sub_filter"))
                         + f" | {', '.join(spliced)} | {f'{size:,}' if size else NONE} | "
                         + " | ".join(larger(results, cell, key) for key in ("abm", "abm-gzip-always")) + " |")
    return [*lines, "", "× plain nginx with `gzip on` at the same level, by CPU of the server; `off`: nginx compresses what the module "
            "has edited, and its bytes are what the others are compared with."]


def goals(results):
    """(text, reached, figure)"""
    lines = []
    if "gzip" not in results:
        return lines
    for row in GZIP_ROWS:
        found = ratio(results, row.cell(), row.ours)
        if found is not None:
            lines.append((f"compressed, {row.title}, {OURS[row.ours]}: ≤ {row.wanted:g} × plain", found <= row.wanted, f"{found:.2f} ×"))
    rival = {cell: ratio(results, cell, "sub_filter", best_of(results, cell)) for cell in gzip_cells()}
    rival = {cell: of for cell, of in rival.items() if of is not None}
    if rival:
        lines.append((f"{BY_KEY['sub_filter'].title}, compressed: ≥ {GZIP_RIVAL_COSTS} × ours in each of {len(rival)} cells",
                      min(rival.values()) >= GZIP_RIVAL_COSTS, ", ".join(f"{cell} {of:.1f}" for cell, of in rival.items())))
    slow = results.get("slow_page_gzip")
    if slow:
        lines.append(("first byte of a slowly arriving page, compressed: no later than with `abm_gzip off`", slow["saved_us"] >= 0,
                      f"{-slow['saved_us']:+.0f} µs; {slow['added_us']:+.0f} µs against plain (medians of {slow['pairs']} pairs; "
                      f"plain {slow['plain_us']:.0f} µs)"))
    return lines


def best_of(results, cell):
    """The contender of ours that a row names, by default `abm`."""
    return next((row.ours for row in GZIP_ROWS if row.cell() == cell), "abm")


# README.md's picture: bars of one length per µs, what is compressed and by whom, and how many bytes that comes to.
SHOWN = {"gzip_comp_level 1": "proxied-gzip 64", "gzip_comp_level 6": "proxied-gzip6 64"}
BARS = (("plain", "nginx alone, everyone's page", "nginx"), (SAME_BYTES, "personalized, abm_gzip off", "off"),
        ("abm", "personalized, as by default", "ours"))
STYLE = """\
text { font: 14px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.head { font-weight: 600 } .weak { fill: #59636e }
.page { fill: #ffffff; stroke: #d1d9e0 } .nginx { fill: #9aa5b1 } .off { fill: #86c9a8 } .ours { fill: #1b7f4d }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .weak { fill: #9198a1 }
  .page { fill: #0d1117; stroke: #3d444d } .nginx { fill: #7d8793 } .off { fill: #3f7f61 } .ours { fill: #3fb97c }
}"""
WIDTH, LEFT, LONGEST, STEP, BAR = 860, 264, 400, 28, 18


def picture(results):
    """The SVG, or None where one of its bars was not measured. It has a ground of its own, light or dark as the reader's
    browser is set, so that it can be read on any page."""
    groups = []
    for level, cell in SHOWN.items():
        measured, told = results["cells"].get(cell, {}), results.get("gzip", {}).get("bytes", {}).get(cell, {})
        if not all(key in measured and key in told for key, _, _ in BARS):
            return None
        groups.append((level, [(title, look, plain_us(results, cell) * median_ratio(measured[key], measured["plain"]), told[key])
                               for key, title, look in BARS]))
    longest = max(us for _, bars in groups for _, _, us, _ in bars)
    out, y = [], 34

    def text(x, content, look=""):
        out.append(f'<text x="{x}" y="{y}"{look and f" class={chr(34)}{look}{chr(34)}"}>{html.escape(content)}</text>')

    text(20, "The server's CPU time per request: a page of 64 KB from an origin, compressed", "head")
    for level, bars in groups:
        y += STEP + 6
        text(20, level, "weak")
        for title, look, us, size in bars:
            y += STEP
            length = us / longest * LONGEST
            text(20, title)
            out.append(f'<rect class="{look}" x="{LEFT}" y="{y - 14}" width="{length:.1f}" height="{BAR}" rx="2"/>')
            text(round(LEFT + length + 10), f"{us:,.0f} µs, {size / 1000:.1f} kB sent")
    y += 24
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" role="img">\n'
            f"<title>CPU time per compressed page: nginx alone and personalized</title>\n<style>\n{STYLE}\n</style>\n"
            f'<rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{y - 1}" rx="6"/>\n' + "\n".join(out) + "\n</svg>\n")
