"""Print figures: ``python -m pipeline.loop.figures strategies``, ``own-answers`` or ``blunders``. Minutes each."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from pipeline import dataset
from pipeline.drift.troubles import TROUBLES
from pipeline.loop.figures import blunders as bad
from pipeline.loop.figures import strategies as ways
from pipeline.loop.figures.world import World, world

ROUNDS = 4
SHOWN = 2  # reasons

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
console = Console()

Trouble = Annotated[str, typer.Option(help=f"What happened to the camera: {', '.join(TROUBLES)}.")]


@app.command()
def strategies(trouble: Trouble = "rotation 45") -> None:
    """How to learn what the camera shows now: accuracy on old and new pictures, CPU seconds, labels paid."""
    with _world(trouble) as loop:
        title = f"A camera with {trouble}"
        console.print(_outcomes(title, _watched(ways.outcomes(loop), "Training", 6)))


@app.command()
def own_answers(trouble: Trouble = "rotation 45") -> None:
    """What becomes of a model whose labels are its own answers."""
    with _world(trouble) as loop:
        title = f"Its own answers as labels, camera with {trouble}"
        console.print(_outcomes(title, _watched(ways.own_answers(loop, ROUNDS), "Training", 1 + ROUNDS)))


@app.command()
def blunders(trouble: Trouble = "rotation 45") -> None:
    """Which step stops a poisoned batch, a worse model, a broken file, and so on."""
    with _world(trouble) as loop:
        table = Table("", "stopped by", "because", title="What goes wrong, and where it ends", title_justify="left")
        for stop in _watched(bad.stops(loop), "Making blunders", len(bad.BLUNDERS)):
            table.add_row(stop.name, stop.step or "nothing", "; ".join(stop.reasons[:SHOWN]))
        console.print(table)


@contextmanager
def _world(trouble: str) -> Iterator[World]:
    if trouble not in TROUBLES:
        raise typer.BadParameter(f"no trouble {trouble!r}; there is {', '.join(TROUBLES)}")
    dataset.ensure(console.print)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        with console.status("Training the first model on clean pictures"):
            loop = world(Path(home), trouble)
        yield loop


def _watched(items: Iterable, what: str, total: int) -> Iterable:
    return track(items, what, total=total, console=console, transient=True)


def _outcomes(title: str, found: Iterable[ways.Outcome]) -> Table:
    table = Table("", "old pictures", "new pictures", "CPU s", "labels", title=title, title_justify="left")
    for one in found:
        table.add_row(one.name, f"{one.old:.3f}", f"{one.new:.3f}", f"{one.seconds:.0f}", f"{one.labels:,}")
    return table


if __name__ == "__main__":
    app()
