"""The loop as it is seen in a terminal while it is played: where it is, how good the answers are, what has happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from workbook.loop.acts import ACTS
from workbook.loop.chronicle import Event
from workbook.loop.customers import accuracy
from workbook.loop.stage import Stage

RECENT = 200  # answers
BARS = "▁▂▃▄▅▆▇█"
WIDTH = 60
STYLES = {"drift": "yellow", "alarm": "bold yellow", "stopped": "green", "missed": "bold red", "promoted": "bold green"}


class Screen:
    """Shows the loop on ``console``: at a terminal as a picture that changes, elsewhere a line for each event."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage: Stage | None = None
        self._act = "first model"

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Keep it up to date as long as the block runs."""
        if not self._console.is_terminal:
            yield
            return
        with Live(get_renderable=self._picture, console=self._console, refresh_per_second=4):
            yield

    def told(self, event: Event) -> None:
        """An event has happened."""
        self._console.print(_line(event))

    def watch(self, stage: Stage, act: str) -> None:
        """An act begins."""
        self._stage, self._act = stage, act
        if not self._console.is_terminal:
            self._console.print(f"{stage.clock():6.1f} s  {act}", highlight=False)

    def _picture(self) -> Group:
        names = ["first model", *ACTS]
        table = Table.grid(padding=(0, 2))
        table.add_row("Now", f"[bold]{self._act}[/], {names.index(self._act) + 1} of {len(names)}")
        if self._stage:
            for name, value in _figures(self._stage):
                table.add_row(name, value)
        return Group("", table)


def _figures(stage: Stage) -> Iterator[tuple[str, str]]:
    visits = list(stage.customers.visits)
    failed = stage.chronicle.failed + sum(visit.status // 100 != 2 for visit in visits[stage.kept :])
    recent = visits[-RECENT:]
    versions = sorted({visit.version for visit in recent if visit.version})
    shares = [f"v{version} {sum(one.version == version for one in recent) / len(recent):.0%}" for version in versions]
    yield "Time", f"{stage.clock():.0f} s"
    yield "Requests", f"{len(visits):,} since the start, failed in all {failed:,}"
    yield "Accuracy", f"{accuracy(recent):.3f} of the last {len(recent)} answers" if recent else "no answer yet"
    yield "Over time", "".join(map(_bar, _parts(visits)))
    yield "Answered by", ", ".join(shares)


def _parts(visits: list) -> list[float]:
    """The accuracy of each hundred of the newest answers, oldest first."""
    whole = visits[len(visits) % 100 :] if len(visits) > 100 else visits
    parts = [whole[start : start + 100] for start in range(0, len(whole), 100)]
    return [accuracy(part) for part in parts[-WIDTH:] if part]


def _bar(share: float) -> str:
    return BARS[min(int(share * len(BARS)), len(BARS) - 1)]


def _line(event: Event) -> Text:
    return Text(f"{event.time:6.1f} s  {event.text}", style=STYLES.get(event.kind, ""))
