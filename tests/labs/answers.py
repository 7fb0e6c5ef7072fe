"""Answers to a lab, put into a folder and checked as a student's would be."""

from __future__ import annotations

import functools
import multiprocessing
import re
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import forkserver
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.conftest import ROOT
from workbook.labs.authoring.manifest import Lab, Task, every_lab
from workbook.labs.authoring.starter import answer_of, reference_files, starter_of
from workbook.labs.checks.results import Report, State
from workbook.labs.checks.session import run_checks
from workbook.labs.sandbox.isolation import Level

HANG_SECONDS = 600
LABS = every_lab(ROOT)
NAMES = [lab.name for lab in LABS]
A_KIND_EACH = ("04", "06", "12")  # a server, files that are not code, functions alone


def each_lab(labs: Iterable[Lab] = LABS) -> list[ParameterSet]:
    """The labs as parameters, for a test of what all labs share: on a push one lab of each kind, the others weekly."""
    return [pytest.param(lab, id=lab.name, marks=marks_of(lab)) for lab in labs]


def marks_of(lab: Lab) -> tuple[pytest.MarkDecorator, ...]:
    return () if lab.number in A_KIND_EACH else (pytest.mark.weekly,)


def checked(lab: Lab, files: dict[str, str | bytes], level: Level = Level.OPEN, task: int | None = None) -> Report:
    """The report of a checker forked from one that has its imports: they take longer than the checks."""
    return begun(lab, files, level, task).result(HANG_SECONDS)


def begun(
    lab: Lab, files: dict[str, str | bytes], level: Level = Level.OPEN, task: int | None = None
) -> Future[Report]:
    contents = {name: source if isinstance(source, bytes) else source.encode() for name, source in files.items()}
    return checkers().submit(run_checks, lab, contents, level, task)


@functools.cache
def checkers() -> ProcessPoolExecutor:
    """Runs each call in a process of its own. As in a checker that is started, only the given plugins are there."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["tests.labs.imported"])
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTHONDONTWRITEBYTECODE"):
            patch.setenv(name, "1")
        forkserver.ensure_running()
    return ProcessPoolExecutor(2, forks, max_tasks_per_child=1)


def impatient(lab: Lab, seconds: float = 1) -> Lab:
    """The lab with so long for each call, for answers that never come."""
    return replace(lab, limits=replace(lab.limits, seconds=seconds))


def wrong_answers() -> list[tuple[Lab, Path]]:
    return [(lab, path) for lab in LABS for path in sorted((lab.folder / "wrong").iterdir()) if path.is_file()]


def alternative(lab: Lab) -> dict[str, str]:
    """Another correct answer: parts in a file, or a folder of whole files."""
    (path,) = lab.folder.glob("alternative*")
    return answer_of(lab, path)


# What stands in place of an answer, by the kind of file: for Python, a line of the function.
INSTEAD = {".Dockerfile": "LABEL answered=no", ".yaml": "{}"}


def instead(lab: Lab, tasks: Iterable[Task], line: str) -> dict[str, str]:
    """The reference, with ``line`` in place of these answers; in files that are no Python, with what means nothing."""
    answer = reference_files(lab)
    for reference in lab.references:
        name = Path(reference).name
        own = [task for task in tasks if task.reference == reference]
        answer[name] = starter_of(answer[name], own) if own else answer[name]
        for task in own:
            to_do = f"Task {task.number}: {task.title}"
            for stub in (f'raise NotImplementedError("{to_do}")', f"TODO {to_do}", f'"{to_do}"'):
                answer[name] = answer[name].replace(stub, INSTEAD.get(Path(reference).suffix, line))
    return answer


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
