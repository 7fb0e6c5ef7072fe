"""Answers to a lab, put into a folder and checked as a student's would be."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tests.conftest import ROOT
from workbook.labs.authoring.manifest import Lab, every_lab
from workbook.labs.authoring.starter import answer_of
from workbook.labs.checks.launch import check_folder
from workbook.labs.checks.results import Report, State
from workbook.labs.sandbox.isolation import Level

LABS = every_lab(ROOT)
NAMES = [lab.name for lab in LABS]


def checked(lab: Lab, files: dict[str, str | bytes], level: Level = Level.OPEN, task: int | None = None) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        for name, source in files.items():
            content = source if isinstance(source, bytes) else source.encode()
            (Path(folder) / name).write_bytes(content)
        return check_folder(lab, Path(folder), level, task)


def wrong_answers() -> list[tuple[Lab, Path]]:
    return [(lab, path) for lab in LABS for path in sorted((lab.folder / "wrong").iterdir()) if path.is_file()]


def alternative(lab: Lab) -> dict[str, str]:
    """Another correct answer: parts in a file, or a folder of whole files."""
    (path,) = lab.folder.glob("alternative*")
    return answer_of(lab, path)


def rejected_by(path: Path) -> list[str]:
    """The checks that a wrong answer names in its docstring or comment, on one line."""
    named = re.search(r"^(?:# )?Rejected by: ([\w ,]+)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1]
    return re.findall(r"\w+", named)


def task_of(lab: Lab, check: str) -> int:
    """The task that a check is about, as `@check(task=…)` above it says."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in lab.folder.glob("checks*.py"))
    return int(re.search(rf"@check\(\s*task=(\d+)[^@]*?\ndef {check}\(", source)[1])


def states(report: Report) -> dict[str, State]:
    return {result.name: result.state for result in report.results}
