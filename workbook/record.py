"""What the student has done so far, with a line of JSON for each event in ``work/progress.jsonl``."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from workbook.paths import WORK

FILE = "progress.jsonl"


def add(course: Path, event: str, **details: object) -> None:
    """Add an event, with the time, to the student's record."""
    path = course / WORK / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = {"time": f"{datetime.now():%Y-%m-%d %H:%M:%S}", "event": event, **details}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def entries(course: Path, **wanted: object) -> list[dict]:
    """The events with these details, oldest first. A broken line, say half a line after a power cut, does not count."""
    path = course / WORK / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [entry for entry in map(_entry, lines) if entry and wanted.items() <= entry.items()]


def date(found: list[dict]) -> str:
    """The date of the first of these events, YYYY-MM-DD; empty if there is none."""
    return found[0]["time"][:10] if found else ""


def _entry(line: str) -> dict:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) and {"time", "event"} <= entry.keys() else {}
