"""The picture of a batch: how long each way took, and how much of that was over before its first shard."""

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
