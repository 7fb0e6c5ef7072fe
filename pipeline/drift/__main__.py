"""Print which detector sees which trouble of a camera: ``python -m pipeline.drift``. It takes some minutes."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from pipeline.drift.detectors import ALL
from pipeline.drift.study import CLEAN, SIZES, Case, Sight, cases, fashion_mnist, held_out, sights, soonest, thresholds
from pipeline.drift.troubles import TROUBLES

CASES = 1 + len(TROUBLES) + 4
CALIBRATIONS = 5  # windows for a threshold, for each that is tried

Seen = list[tuple[Case, dict[str, dict[int, Sight]]]]


def main(
    repeats: Annotated[int, typer.Option(min=20, help="Windows of each size, of each trouble.")] = 200,
) -> None:
    """Draw windows of pictures with each trouble, and count how often each detector raises the alarm."""
    console = Console()
    training, pixels, labels = fashion_mnist()
    reference, clean = held_out(training)
    with console.status("Calibrating the detectors on clean windows"):
        limits = thresholds(reference, clean, CALIBRATIONS * repeats)
    watched = track(cases(pixels, labels), "Looking at troubles", total=CASES, console=console, transient=True)
    seen = [(case, sights(case.evidence, reference, limits, repeats)) for case in watched]
    sizes = "/".join(map(str, SIZES))
    console.print(_table(f"Windows with an alarm, in %, of {sizes} pictures; {repeats} windows each", seen, _rates))
    console.print(_table("Pictures until the alarm, with the best of these windows", seen, _pictures))
    console.print(_table(f"Distance and p, medians of windows of {SIZES[1]} pictures", seen, _effect))


def _table(title: str, seen: Seen, cell) -> Table:
    table = Table("", "accuracy", *ALL, title=title, title_justify="left")
    for case, by_detector in seen:
        table.add_row(case.name, f"{case.accuracy:.3f}", *(cell(by_detector[name]) for name in ALL))
        if case.name == CLEAN:
            table.add_section()
    return table


def _rates(by_size: dict[int, Sight]) -> str:
    return "/".join(f"{100 * sight.rate:.0f}" for sight in by_size.values())


def _pictures(by_size: dict[int, Sight]) -> str:
    pictures = soonest(by_size)
    return f"{pictures:,.0f}" if pictures < float("inf") else "never"


def _effect(by_size: dict[int, Sight]) -> str:
    sight = by_size[SIZES[1]]
    return f"{sight.distance:.2f}, {sight.p:.1g}"


if __name__ == "__main__":
    typer.run(main)
