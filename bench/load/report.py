"""results.json → comparison.md, comparison.svg and gzip.svg."""

import json
import pathlib
import statistics
import sys

import seen
import zipped
from contenders import BY_KEY, PLACES
from ratios import median_ratio

COLOURS = {"plain": "#9aa5b1", "abm-unknown": "#bfe3d0", "abm-known": "#86c9a8", "abm": "#1b7f4d", "abm-scan": "#4fa67c", "abm-log": "#0f5132",
           "sub_filter": "#f2b56b", "sub_filter-all": "#e3a24a", "subs_filter": "#d98e32", "lua": "#b7791f", "njs": "#c05746", "bun": "#7a5195"}
NOISE = "–"
SAME = 0.05  # two plain nginx measured against each other differ by this share


def compared(results):
    return [key for key in results["contenders"] if BY_KEY[key].compared]


def cells_of(results):
    """Those of the comparison with other software, which all contenders were measured in, by place and size."""
    if "others" not in results["tables"]:
        return []
    everybody = set(compared(results))
    cells = [cell for cell in results["cells"] if everybody <= set(results["cells"][cell])]
    return sorted((cell for cell in cells if cell.split()[0] in PLACES and cell.split()[1].isdigit()),
                  key=lambda cell: (PLACES.index(cell.split()[0]), int(cell.split()[1])))


def table(results):
    cells = cells_of(results)
    if not cells:
        return []
    heads = [cell.replace("-gzip", "+gzip") + " KB" for cell in cells]
    lines = ["| CPU of the server per request | " + " | ".join(heads) + " | RSS |", "|---|" + "---|" * (len(cells) + 1)]
    for key in compared(results):
        row = []
        for cell in cells:
            rounds, base = results["cells"][cell][key], results["cells"][cell]["plain"]
            if key == "plain":
                row.append(f"{statistics.median(one['cpu_us'] for one in base):.0f} µs")
            else:
                row.append(f"{median_ratio(rounds, base):.2f} ×")
        lines.append(f"| {BY_KEY[key].title} | " + " | ".join(row) + f" | {results['rss_mb'][key]:.0f} MB |")
    return lines


def added(rounds, base, field):
    """The median latency that a contender adds to plain nginx's, or NOISE: nothing is printed that is not larger than the
    spread of its own rounds (so it is positive in each of them) and than the difference between two plain nginx."""
    differences = [one[field] - other[field] for one, other in zip(rounds, base)]
    median = statistics.median(differences)
    spread = max(differences) - min(differences)
    same = SAME * statistics.median(other[field] for other in base)
    return f"{median:+.0f}" if len(differences) > 1 and median > max(spread, same) else NOISE


def latency_table(results):
    if not results["latency"]:
        return []
    places = list(results["latency"])
    lines = ["| added latency, 64 KB, one connection (µs) | "
             + " | ".join(f"{place} p50 | p99 | p99.9" for place in places) + " |", "|---|" + "---|" * (3 * len(places))]
    for key in compared(results):
        row = []
        for place in places:
            rounds, base = results["latency"][place][key], results["latency"][place]["plain"]
            for field in ("p50", "p99", "p999"):
                if key == "plain":
                    row.append(f"({statistics.median(one[field] for one in base):.0f})")
                else:
                    row.append(added(rounds, base, field))
        lines.append(f"| {BY_KEY[key].title} | " + " | ".join(row) + " |")
    return [*lines, "", f"{NOISE}: within noise. A difference is printed only if it is larger than its spread from round to round "
            f"and than {SAME:.0%} of plain nginx's latency."]


def goal(text, reached, figure):
    return f"| {text} | {figure} | {'reached' if reached else '**missed**'} |"


def goals(results):
    cells, lines = results["cells"], ["| goal | measured | |", "|---|---|---|"]

    def ratio(cell, key, base="plain", field="cpu_us"):
        return median_ratio(cells[cell][key], cells[cell][base], field)

    known = set(results["contenders"])
    for place in ("static", "proxied"):
        cell = f"{place} 64"
        if cell in cells and "abm-unknown" in known:
            got = 1 / ratio(cell, "abm-unknown")
            rate = ratio(cell, "abm-unknown", field="per_second")
            lines.append(goal(f"unknown visitor, {place}, 64 KB: throughput ≥ 0.98 of plain", got >= 0.98,
                              f"{got:.3f} by CPU, {rate:.3f} by requests per second"))
    for cell in cells_of(results):
        if "gzip" not in cell and {"abm", "bun"} <= known:
            got = ratio(cell, "bun", "abm")
            lines.append(goal(f"Bun ≥ 4 × ours, {cell} KB", got >= 4, f"{got:.1f} ×"))
    for place, own in results.get("own_time", {}).items():
        for name, field, limit in (("median", "p50", 60), ("p99.9", "p999", 300)):
            bound, read = own[field]
            text = f"own time, {place} 64 KB, under load: {name} ≤ {limit} µs"
            figure = "above the last bucket" if bound is None else f"{read:.0f} µs (bucket ≤ {bound})"
            lines.append(goal(text, read is not None and read <= limit, f"{figure}, {own['requests']} requests"))
    slow = results.get("slow_page")
    if slow:
        lines.append(goal("first byte of a slowly arriving page: within 200 µs of plain", slow["added_us"] <= 200,
                          f"{slow['added_us']:+.0f} µs (median of {slow['pairs']} pairs; plain {slow['plain_us']:.0f} µs)"))
    lines += [goal(*one) for one in (*seen.goals(results), *zipped.goals(results))]
    return lines


def not_measured(results):
    lines = [f"- {BY_KEY[key].title if key in BY_KEY else key}: {why}." for key, why in results["absent"].items()]
    lines.append("- Varnish, Apache, SSI and workerd are not part of this comparison.")
    return lines


def draw(results, path):
    import matplotlib  # only here: the tables need none
    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    places = [place for place in PLACES if any(cell.split()[0] == place for cell in cells_of(results))]
    figure, axes = plt.subplots(1, len(places), figsize=(3.6 * len(places), 4.8), sharey=True, squeeze=False)
    keys = [key for key in compared(results) if key != "plain"]
    for axis, place in zip(axes[0], places):
        sizes = [size for size in ("8", "64", "512") if f"{place} {size}" in results["cells"]]
        width = 0.85 / len(keys)
        for i, key in enumerate(keys):
            ratios = [median_ratio(results["cells"][f"{place} {size}"][key], results["cells"][f"{place} {size}"]["plain"])
                      for size in sizes]
            axis.bar([at + i * width for at in range(len(sizes))], ratios, width, color=COLOURS[key],
                     label=BY_KEY[key].title.replace("*", "").replace("`", ""))
        axis.axhline(1, color="#555", linewidth=0.8)
        axis.set_yscale("log")
        axis.set_yticks([1, 1.5, 2, 3, 5, 10, 20, 50], ["1", "1.5", "2", "3", "5", "10", "20", "50"])
        axis.yaxis.set_minor_locator(matplotlib.ticker.NullLocator())
        axis.set_xticks([at + 0.425 - width / 2 for at in range(len(sizes))], [f"{size} KB" for size in sizes])
        axis.set_title(place.replace("-", ", "), fontsize=11)
        axis.grid(axis="y", linewidth=0.4, alpha=0.6)
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0][0].set_ylabel("CPU per request, × plain nginx (log)")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="lower center", ncols=2 + len(places) // 2,
                  fontsize=8, frameon=False)
    figure.tight_layout(rect=(0, 0.16 if len(places) > 2 else 0.24, 1, 1))
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def write_report(path):
    results = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    folder = pathlib.Path(path).parent
    lines = [f"Mode {results['mode']}: medians of {results['rounds']} interleaved rounds of {results['seconds']} s; 32 keepalive "
             "connections (8 for Bun, `subs_filter` and where pages are compressed, 4 for njs), the visitor's address changes with every request.", ""]
    for part in (table(results), seen.table(results), zipped.table(results), latency_table(results), goals(results), not_measured(results)):
        lines += [*part, ""] if part else []
    (folder / "comparison.md").write_text("\n".join(lines), encoding="utf-8")
    if cells_of(results):
        draw(results, folder / "comparison.svg")
    if picture := zipped.picture(results):
        (folder / "gzip.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    write_report(sys.argv[1])
