"""What the student has done so far: a line of JSON for each event in ``work/labs/progress.jsonl``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workbook.labs.manifest import LABS, Lab
from workbook.labs.results import Report
from workbook.paths import WORK

FILE = "progress.jsonl"


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


def note(lab: Lab, event: str, **details: object) -> None:
    """Add an event to the student's record."""
    path = _path(lab.course)
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = {"time": f"{datetime.now():%Y-%m-%d %H:%M:%S}", "lab": lab.number, "event": event, **details}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def note_check(lab: Lab, report: Report) -> None:
    note(lab, "check", earned=report.earned, points=report.points)


def hints_shown(lab: Lab, task: int) -> int:
    """How many of the hints for a task the student has seen."""
    return sum(entry["event"] == "hint" and entry["task"] == task for entry in _entries(lab))


def standing(lab: Lab) -> Standing:
    entries = _entries(lab)
    checks = [entry for entry in entries if entry["event"] == "check"]
    best = max(checks, key=lambda entry: entry["earned"], default={"earned": 0, "points": 0})
    return Standing(
        lab,
        started=_date([entry for entry in entries if entry["event"] in ("start", "reset")][:1]),
        last=_date(checks[-1:]),
        best=best["earned"],
        points=best["points"],
        hints=sum(entry["event"] == "hint" for entry in entries),
        submitted=_date([entry for entry in entries if entry["event"] == "submit"][-1:]),
    )


def _date(entries: list[dict]) -> str:
    return entries[0]["time"][:10] if entries else ""


def _entries(lab: Lab) -> list[dict]:
    """The events of one lab. A line that is no event, say half of one after a power cut, is passed over."""
    path = _path(lab.course)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [entry for entry in map(_entry, lines) if entry.get("lab") == lab.number]


def _entry(line: str) -> dict:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) and {"time", "event"} <= entry.keys() else {}


def _path(course: Path) -> Path:
    return course / WORK / LABS / FILE
