"""What came of a loop, in figures and in one picture: the accuracy over time, with what happened marked in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workbook.loop.chronicle import Chronicle

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURE = "loop.png"
PART = 100  # answers for each point of the line
MARKED = {"drift": "tab:red", "alarm": "tab:orange", "labels": "tab:purple", "promoted": "tab:green"}
PIXELS_PER_INCH = 120


def figures(chronicle: Chronicle) -> dict[str, float]:
    """The accuracy ``before``, ``in_drift`` and ``after``; requests ``asked`` and ``failed``; ``labels``; ``seconds``.

    In drift is from its beginning until the new version has all users.
    """
    acts = chronicle.acts
    began = next(event.time for event in chronicle.events if event.kind == "drift")
    ended = next(event.time for event in reversed(chronicle.events) if event.kind == "promoted")
    in_drift = [right for time, *_, right in chronicle.visits if began < time < ended]
    return {
        "before": acts["calm"]["accuracy"],
        "in_drift": float(np.mean(in_drift)),
        "after": acts["recovered"]["accuracy"],
        "asked": len(chronicle.visits),
        "failed": chronicle.failed,
        "labels": acts["labels"]["labels"],
        "seconds": chronicle.seconds,
    }


def show_summary(chronicle: Chronicle, console: Console) -> None:
    """Print the figures, and what was stopped, where and why."""
    found, drift = figures(chronicle), chronicle.acts["drift"]
    table = Table.grid(padding=(0, 2))
    table.add_row("Wall time", f"{found['seconds']:.0f} s")
    table.add_row("Accuracy before the drift", f"{found['before']:.3f}")
    table.add_row("Accuracy in the drift", f"{found['in_drift']:.3f}")
    table.add_row("Accuracy after recovery", f"{found['after']:.3f}")
    table.add_row("Alarm", f"{drift['pictures']:,} pictures after the drift began: {drift['alarm']}")
    table.add_row("Alarm before, and after", f"{_alarm(chronicle, 'calm')}; {_alarm(chronicle, 'recovered')}")
    table.add_row("Labels bought", f"{found['labels']:,}")
    table.add_row("Requests", f"{found['asked']:,}, of which failed: {found['failed']:,}")
    console.print(table, "")
    for one in stopped(chronicle):
        where = f"stopped by: {one['where']}" if one["where"] else "[bold red]not stopped[/]"
        first, *others = one["why"].split("; ")
        more = f"; and {len(others)} more" if others else ""
        console.print(f"{one['what']}: {where}: {escape(first)}{more}", highlight=False)


def stopped(chronicle: Chronicle) -> list[dict[str, str]]:
    """What was wrong on purpose: ``what`` it was, ``where`` it was stopped (empty if it was not), and ``why``."""
    return [one for result in chronicle.acts.values() for one in result.get("stopped", [])]


def draw(chronicle: Chronicle) -> tuple[Path, str]:
    """Save the picture as PNG in the loop's folder. Returns its path, and in words what there is to see."""
    import matplotlib.pyplot as plt

    figure, alt = picture(chronicle)
    path = chronicle.home / PICTURE
    figure.savefig(path, dpi=PIXELS_PER_INCH, bbox_inches="tight", metadata={"Description": alt})
    plt.close(figure)
    return path, alt


def picture(chronicle: Chronicle) -> tuple[Figure, str]:
    """The figure, and its text."""
    import matplotlib.pyplot as plt

    times, values = accuracy_over_time(chronicle)
    figure, axes = plt.subplots(figsize=(9, 4))
    axes.plot(times, values, color="tab:blue", linewidth=1.5)
    marked = [event for event in chronicle.events if event.kind in MARKED]
    for number, event in enumerate(marked, 1):
        text = f"{number}  {event.time:.0f} s: {event.text}"
        axes.axvline(event.time, color=MARKED[event.kind], linestyle="--", linewidth=1, label=text)
        height = 1.01 if number % 2 else 1.05  # the alarm follows the drift so soon that their numbers would touch
        axes.annotate(str(number), (event.time, height), ha="center", fontsize=8, annotation_clip=False)
    axes.set(xlabel="seconds", ylabel=f"accuracy of {PART} answers", ylim=(0, 1), xlim=(0, chronicle.seconds))
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.15), frameon=False, fontsize=8)
    found = figures(chronicle)
    marks = "; ".join(f"{event.time:.0f} s: {event.text}" for event in marked)
    alt = (
        f"A line over {found['seconds']:.0f} seconds: the accuracy of the answers. It is about {found['before']:.2f}, "
        f"falls to {found['in_drift']:.2f} as the drift begins, and comes back to {found['after']:.2f} with the new "
        f"version. Marked are: {marks}."
    )
    return figure, alt


def accuracy_over_time(chronicle: Chronicle) -> tuple[np.ndarray, np.ndarray]:
    """The middle time (n,) and the accuracy (n,) of each ``PART`` answers, one after the other."""
    rows = np.array([(time, right) for time, *_, right in chronicle.visits])
    parts = np.array_split(rows, max(1, len(rows) // PART))
    return np.array([part[:, 0].mean() for part in parts]), np.array([part[:, 1].mean() for part in parts])


def _alarm(chronicle: Chronicle, act: str) -> str:
    return chronicle.acts[act]["alarm"] or "none"
