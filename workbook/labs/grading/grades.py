"""Grades a class: each submission by the instructor's checks, in a process of its own, several at once.

What is done is kept, so that a run that was stopped goes on where it was; a submission or a lab that has changed since
is graded again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from workbook.errors import UserError
from workbook.labs.authoring.manifest import Lab, every_lab, find_lab
from workbook.labs.checks.launch import CHECKERS, CheckerFailed, check_files
from workbook.labs.checks.results import Report, State
from workbook.labs.grading.submissions import Submission, collect
from workbook.labs.sandbox.isolation import Level
from workbook.paths import course_folder

RESULTS = "results"


@dataclass(frozen=True)
class Grade:
    """One submission, graded. ``problem`` is for the instructor: why it has no report, or what to look at."""

    submission: Submission
    report: Report
    problem: str


@dataclass(frozen=True)
class Settings:
    """How to grade: ``out`` for what is found, ``jobs`` submissions at a time, and how far they are kept apart."""

    out: Path
    jobs: int
    level: Level


def submissions_in(folder: Path, number: str | None) -> tuple[Lab, list[Submission]]:
    """The submissions in ``folder`` and their lab: the one with this number or, if None, the one that they name.

    Those that say that they are for another lab are left out. Raises ``UserError`` if there are none left.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder: expected one with a folder or an archive for each student")
    course = course_folder(outside=folder)  # a student may have handed in all of the course, with other checks
    labs = [find_lab(number, course)] if number else every_lab(course)
    found = collect(folder, labs)
    named = sorted({one.lab for one in found if one.lab})
    if not number and len(named) != 1:
        raise UserError(f"the submissions name {', '.join(named) or 'no lab'}: say which one with --lab NN")
    lab = find_lab(number or named[0], course)
    found = [one for one in found if one.lab in ("", lab.name)]
    if not found:
        raise UserError(f"{folder} has no submission for lab {lab.number}: expected a folder or an archive for each")
    return lab, found


def grade(lab: Lab, submissions: list[Submission], settings: Settings, done: Callable[[Grade], None]) -> list[Grade]:
    """Grade them all; ``done`` is called after each, from any thread. Returns them in the order given."""
    results = settings.out / RESULTS
    results.mkdir(parents=True, exist_ok=True)
    version = lab_digest(lab)

    def one(submission: Submission) -> Grade:
        path = results / f"{submission.key}.json"
        stamp = f"{submission.digest} {version} {settings.level}"
        graded = _kept(path, submission, stamp) or _grade(lab, submission, settings.level)
        if _is_final(graded):
            _keep(path, graded, stamp)
        done(graded)
        return graded

    with ThreadPoolExecutor(settings.jobs) as pool:
        try:
            return list(pool.map(one, submissions))
        except BaseException:  # among them what Ctrl+C and a signal to end raise
            CHECKERS.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def lab_digest(lab: Lab) -> str:
    """SHA-256 over what decides the points: the lab's folder, and the packages that the answers import."""
    total = hashlib.sha256()
    for folder in (lab.folder, *(lab.course / package for package in lab.packages)):
        for path in sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".toml")):
            total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


def _grade(lab: Lab, submission: Submission, level: Level) -> Grade:
    if submission.problem:
        return Grade(submission, Report(lab.name, ()), submission.problem)
    try:
        report = check_files(lab, submission.files, level)
    except CheckerFailed as error:
        return Grade(submission, Report(lab.name, ()), str(error))
    return Grade(submission, report, "; ".join(_notes(lab, submission, report)))


def _notes(lab: Lab, submission: Submission, report: Report) -> Iterator[str]:
    if missing := [name for name in lab.student_files() if name not in submission.files]:
        yield f"without {', '.join(missing)}"
    if broken := [result.name for result in report.results if result.state is State.BROKEN]:
        yield f"the checks {', '.join(broken)} failed by themselves"


def _is_final(graded: Grade) -> bool:
    """Whether it would come out the same again: not if the machine, an engine or a check failed."""
    results = graded.report.results
    return bool(results) and all(result.state is not State.BROKEN for result in results)


def _kept(path: Path, submission: Submission, stamp: str) -> Grade | None:
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        if entry["stamp"] == stamp and not submission.problem:
            return Grade(submission, Report.from_json(entry["report"]), entry["problem"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _keep(path: Path, graded: Grade, stamp: str) -> None:
    entry = {"stamp": stamp, "report": graded.report.to_json(), "problem": graded.problem}
    half = path.with_suffix(".half")
    half.write_text(json.dumps(entry), encoding="utf-8")
    os.replace(half, path)
