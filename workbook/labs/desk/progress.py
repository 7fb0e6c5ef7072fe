"""How far the student is with each lab, from the record of what was done."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table

from workbook import record
from workbook.labs.authoring.manifest import Lab
from workbook.labs.checks.results import Report


@dataclass(frozen=True)
class Standing:
    """Where a lab stands: dates as YYYY-MM-DD or empty, points as of the best check so far."""

    lab: Lab
    started: str
    last: str
    best: int
    points: int
    hints: int
    submitted: str

    @property
    def has_passed(self) -> bool:
        """Whether all checks have passed once."""
        return self.best == self.points > 0


def note(lab: Lab, event: str, **details: object) -> None:
    """Add an event to the student's record."""
    record.add(lab.course, event, lab=lab.number, **details)


def note_check(lab: Lab, report: Report) -> None:
    note(lab, "check", earned=report.earned, points=report.points)


def hints_shown(lab: Lab, task: int) -> int:
    """How many of the hints for a task the student has seen."""
    return len(record.entries(lab.course, lab=lab.number, event="hint", task=task))


def standing(lab: Lab) -> Standing:
    entries = record.entries(lab.course, lab=lab.number)
    checks = [entry for entry in entries if entry["event"] == "check"]
    best = max(checks, key=lambda entry: entry["earned"], default={"earned": 0, "points": 0})
    return Standing(
        lab,
        started=record.date([entry for entry in entries if entry["event"] in ("start", "reset")]),
        last=record.date(checks[-1:]),
        best=best["earned"],
        points=best["points"],
        hints=sum(entry["event"] == "hint" for entry in entries),
        submitted=record.date([entry for entry in entries if entry["event"] == "submit"][-1:]),
    )


def standings_table(standings: list[Standing]) -> Table:
    """A row for each lab, for a terminal."""
    shown = Table()
    for name in ("Lab", "Title", "Started", "Last check", "Best", "Hints", "Handed in"):
        shown.add_column(name)
    for one in standings:
        best = f"{one.best}/{one.points}" if one.points else ""
        shown.add_row(one.lab.number, one.lab.title, one.started, one.last, best, str(one.hints or ""), one.submitted)
    return shown
