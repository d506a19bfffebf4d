"""growth.json → growth.md and growth.svg."""

from sweeps import SWEEPS


def write_table(results, path):
    lines = ["| what grows | | plain nginx, µs | abm, µs | added, µs | the worker, MB |", "|---|---|---|---|---|---|"]
    for sweep, points in results.items():
        for point in points:
            lines.append(f"| {SWEEPS[sweep][0]} | {point['value']:,} | {point['plain']:.0f} | {point['abm']:.0f} | "
                         f"{point['added']:.0f} | {point['mb']:.0f} |")
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
    columns = 3 if len(results) % 3 == 0 else 4
    rows = (len(results) + columns - 1) // columns
    figure, axes = plt.subplots(rows, columns, figsize=(3.4 * columns, 3.0 * rows), squeeze=False)
    for axis, (sweep, points) in zip(axes.flat, results.items()):
        values = [point["value"] for point in points]
        axis.plot(values, [point["plain"] for point in points], "o-", color="#9aa5b1", markersize=3, label="plain nginx")
        axis.plot(values, [point["abm"] for point in points], "o-", color="#1b7f4d", markersize=3, label="abm, edits won")
        axis.set_xscale("log" if min(values) > 0 else "linear")
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
