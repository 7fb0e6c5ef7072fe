"""How far the student is with each lab, from the record of what was done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from rich.table import Table

from workbook import record
from workbook.labs.authoring.manifest import Lab
from workbook.labs.authoring.points import points_of
from workbook.labs.checks.results import Report


@dataclass(frozen=True)
class Standing:
    """The state of a lab: dates as YYYY-MM-DD or empty; ``best`` is the best so far, for each task by itself."""

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
    """Note what each task has earned, whether checked alone or with the others."""
    tasks: Counter[str] = Counter()
    for result in report.results:
        tasks[str(result.task)] += result.earned
    note(lab, "check", tasks=tasks)


def hints_shown(lab: Lab, task: int) -> int:
    """How many of the hints for a task the student has seen."""
    return len(record.entries(lab.course, lab=lab.number, event="hint", task=task))


def standing(lab: Lab) -> Standing:
    entries = record.entries(lab.course, lab=lab.number)
    checks = [entry for entry in entries if entry["event"] == "check"]
    best: Counter[str] = Counter()
    for entry in checks:
        best |= Counter(entry.get("tasks", {}))
    return Standing(
        lab,
        started=record.date([entry for entry in entries if entry["event"] in ("start", "reset")]),
        last=record.date(checks[-1:]),
        best=best.total(),
        points=points_of(lab).total(),
        hints=sum(entry["event"] == "hint" for entry in entries),
        submitted=record.date([entry for entry in entries if entry["event"] == "submit"][-1:]),
    )


def standings_table(standings: list[Standing]) -> Table:
    """A row for each lab, for a terminal."""
    shown = Table()
    for name in ("Lab", "Title", "Started", "Last check", "Best", "Hints", "Handed in"):
        shown.add_column(name)
    for one in standings:
        best = f"{one.best}/{one.points}" if one.last else ""
        shown.add_row(one.lab.number, one.lab.title, one.started, one.last, best, str(one.hints or ""), one.submitted)
    return shown
