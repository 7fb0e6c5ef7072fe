"""The picture of a run, with a dot for each number of clients, so that it reads in gray as well as in color."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbook.bench.report import number
from workbook.bench.results import Report, Result, Row
from workbook.bench.servers import REFERENCE

MARKERS = "osD^v"
INCHES_A_SERVER = 0.42
# The same run gives the same file: it has no date, and its parts have no random names.
SETTINGS = {"svg.hashsalt": "workbook bench", "font.size": 9}


def draw(report: Report, path: Path) -> None:
    """Write the requests per second and the CPU time per request of all contestants as SVG, the fastest on top."""
    most = report.clients()[-1]
    measured = sorted((result for result in report.results if result.rows), key=lambda result: result.rows[most].rate)
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(9, 1.5 + INCHES_A_SERVER * len(measured)), layout="constrained")
        rates, times = figure.subplots(1, 2, sharey=True)
        _panel(rates, measured, lambda row: row.rate, "requests a second (more is better)")
        _panel(times, measured, lambda row: row.cpu_ms, "CPU time of a request, ms (less is better)")
        for label in rates.get_yticklabels():
            label.set_fontweight("bold" if label.get_text() == REFERENCE else "normal")
        handles, labels = rates.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None})


def in_words(report: Report) -> str:
    """What there is to see, for those who cannot see it."""
    most = report.clients()[-1]
    measured = sorted((result for result in report.results if result.rows), key=lambda result: -result.rows[most].rate)
    parts = [f"{r.name} {number(r.rows[most].rate)} at {number(r.rows[most].cpu_ms)} ms" for r in measured]
    return f"Requests a second and CPU time of a request with {most} clients, the fastest first: {'; '.join(parts)}."


def _panel(axes: Axes, results: list[Result], value: Callable[[Row], float], title: str) -> None:
    clients = list(results[0].rows)
    places = range(len(results))
    for place, result in zip(places, results, strict=True):
        values = [value(row) for row in result.rows.values()]
        axes.plot([min(values), max(values)], [place, place], color="0.6", linewidth=1, zorder=1)
        # Beside the rightmost dot is the number for the most clients.
        axes.annotate(number(values[-1]), (max(values), place), (8, 0), textcoords="offset points", va="center")
    for index, count in enumerate(clients):
        values = [value(result.rows[count]) for result in results]
        shade = str(0.75 * (1 - index / max(1, len(clients) - 1)))
        label = f"{count} clients" if count > 1 else "1 client"
        if count == clients[-1]:
            label += ": the figure beside the dots"
        axes.scatter(values, places, marker=MARKERS[index % len(MARKERS)], color=shade, edgecolor="0", label=label)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda power_of_ten, _: f"{power_of_ten:,.10g}")
    axes.margins(x=0.18, y=0.08)
    axes.set_title(title, fontsize="medium", loc="left")
    axes.set_yticks(places, [result.name for result in results])
    axes.grid(axis="x", color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
