"""The pictures of scaling out: how long each way took for a batch, and how replicas followed the load."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

NAMES = {"one": "one process", "pool": "a pool of two", "tasks": "Ray tasks", "data": "Ray Data"}
# The same figures give the same file: it has no date, and its parts have no random names.
SETTINGS = {"svg.hashsalt": "workbook scale_out", "font.size": 9}


def draw(rows: list[dict], path: Path) -> None:
    """Write a bar for each row of ``measure.batch`` as SVG, the first on top."""
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(7, 0.8 + 0.45 * len(rows)), layout="constrained")
        axes = figure.subplots()
        places = range(len(rows), 0, -1)
        first = [row["first"] for row in rows]
        rest = [row["seconds"] - row["first"] for row in rows]
        axes.barh(places, first, 0.6, color="0.85", edgecolor="0", hatch="//", label="until the first 10,000 are done")
        axes.barh(places, rest, 0.6, left=first, color="0.5", edgecolor="0", label="the others")
        for place, row in zip(places, rows, strict=True):
            axes.annotate(
                f"{row['seconds']:.0f} s", (row["seconds"], place), (5, 0), textcoords="offset points", va="center"
            )
        axes.set_yticks(places, [NAMES[row["how"]] for row in rows])
        axes.set_title("seconds for a million pictures (less is better)", fontsize="medium", loc="left")
        axes.margins(x=0.12)
        axes.grid(axis="x", color="0.9")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="upper right", frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None})


def draw_autoscale(rows: dict[str, list[dict]], path: Path) -> None:
    """Write the replicas and the answers per second of ``autoscale.play`` over time as SVG, one above the other."""
    load = rows["load"]
    end = load[-1]["until_seconds"]
    up = [row for row in rows["changes"] if row["since"] == "load"]
    down = [row for row in rows["changes"] if row["since"] == "quiet"]
    fewest = down[-1]["replicas"]
    moments = [0, *(row["there_seconds"] for row in up), *(end + row["there_seconds"] for row in down)]
    moments.append(moments[-1] + 5)
    counts = [fewest, *(row["replicas"] for row in up), *(row["replicas"] for row in down), fewest]
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(7, 3.6), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True)
        above.step(moments, counts, where="post", color="0", linewidth=2)
        above.set_title("replicas that answer", fontsize="medium", loc="left")
        above.set_yticks(range(max(counts) + 1))
        heights = [row["per_second"] for row in load]
        widths = [row["good"] / row["per_second"] for row in load]
        ends = [row["until_seconds"] for row in load]
        below.bar(ends, heights, [-width for width in widths], align="edge", color="0.75", edgecolor="0", hatch="//")
        below.set_title("answers per second", fontsize="medium", loc="left")
        below.set_xlabel("seconds since the load came")
        for axes in (above, below):
            axes.axvline(end, color="0.4", linestyle=":")
            axes.set_ylim(bottom=0)
            axes.grid(axis="y", color="0.9")
            axes.set_axisbelow(True)
            axes.spines[["top", "right"]].set_visible(False)
        above.annotate("the load goes", (end, 0), (4, 4), textcoords="offset points")
        figure.savefig(path, format="svg", metadata={"Date": None})
