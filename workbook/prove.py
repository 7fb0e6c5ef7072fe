"""What the course promises, and whether it keeps it: the list in ``tests/promises.toml``, shown and run."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from workbook.errors import UserError

TESTS = "tests"
LIST = "promises.toml"
VERDICTS = {"kept": "kept", "skipped": "not tried here", "broken": "[bold red]BROKEN[/]"}


@dataclass(frozen=True)
class Promise:
    """``text`` is promised to ``whom``; ``test`` keeps it, pytest's name of it as seen from ``tests/``."""

    name: str
    whom: str
    text: str
    test: str


def promises_of(course: Path) -> list[Promise]:
    """All promises, in the order of the list. Raises ``UserError`` if there are none."""
    path = course / TESTS / LIST
    if not path.is_file():
        raise UserError(f"there is no {path}: take a whole copy of the course, with its tests")
    groups = tomllib.loads(path.read_text(encoding="utf-8"))
    return [Promise(name, whom, *about) for whom, group in groups.items() for name, about in group.items()]


def choose(promises: list[Promise], names: list[str]) -> list[Promise]:
    """Those with these names, or all if there are none. Raises ``UserError`` for a name that none has."""
    if unknown := sorted({*names} - {promise.name for promise in promises}):
        raise UserError(f"no promise is called {', '.join(unknown)}: workbook prove lists them")
    return [promise for promise in promises if not names or promise.name in names]


def show(promises: list[Promise], console: Console) -> None:
    """A table for each group of people to whom something is promised."""
    for whom in dict.fromkeys(promise.whom for promise in promises):
        table = Table("Name", "Promise", "Kept by, in tests/", title=f"To the {whom}", title_justify="left")
        for promise in promises:
            if promise.whom == whom:
                table.add_row(promise.name, promise.text, promise.test)
        console.print(table)


def prove(promises: list[Promise], course: Path, console: Console) -> bool:
    """Run the test of each promise, and print a line for it; returns whether none is broken."""
    fates = []
    for promise in promises:
        fate, why = _tried(promise, course)
        fates.append(fate)
        console.print(f"{VERDICTS[fate]}: {promise.name}: {promise.text}", highlight=False)
        if why:
            console.print(why, markup=False, highlight=False)
    return "broken" not in fates


def _tried(promise: Promise, course: Path) -> tuple[str, str]:
    """The key in ``VERDICTS``, and what pytest says of a test that did not pass."""
    node = f"{TESTS}/{promise.test}"
    command = [sys.executable, "-m", "pytest", "-m", "", "-q", "-p", "no:cacheprovider", "--tb=short", node]
    result = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    if result.returncode:
        return "broken", result.stdout.strip() or result.stderr.strip()
    skipped = re.findall(r"^SKIPPED .*", result.stdout, re.MULTILINE)
    return ("skipped", "\n".join(skipped)) if skipped else ("kept", "")
