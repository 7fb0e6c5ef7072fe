"""Grades a class: each submission by the instructor's checks, in a process of its own, several at once.

What is done is kept, so that a run that was stopped continues where it left off; a submission or lab that has changed
since is graded again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from workbook.errors import UserError
from workbook.labs.authoring.manifest import Lab, every_lab, find_lab
from workbook.labs.checks.launch import CHECKERS, CheckerFailed, check_files
from workbook.labs.checks.places import text_without_places
from workbook.labs.checks.results import Report, State
from workbook.labs.grading.files import Unreadable
from workbook.labs.grading.mistakes import Nearest
from workbook.labs.grading.submissions import Collection, Submission, collect_class, of_lab
from workbook.labs.sandbox.isolation import Level
from workbook.labs.sandbox.student import TOO_LARGE
from workbook.paths import course_folder

RESULTS = "results"
DECIDING = (".py", ".toml", ".yaml", ".Dockerfile")  # of the files in a lab's folder
FORMAT = 3  # of what is kept; results in another format are not used


@dataclass(frozen=True)
class Grade:
    """One submission, graded. ``found`` is what grading it showed, for the instructor; ``failed``: the checks could not
    be run; ``mistake``: the known mistake that it is nearest to."""

    submission: Submission
    report: Report
    found: str
    failed: bool = False
    mistake: Nearest | None = None

    @property
    def problem(self) -> str:
        """Why it has no report, or what to look at in what was handed in and in its checks."""
        return "; ".join(filter(None, (self.submission.problem, self.found)))

    @property
    def is_disturbed(self) -> bool:
        """Whether the machine may be to blame for what is missing."""
        return self.failed or any(result.disturbed for result in self.report.results)


@dataclass(frozen=True)
class Settings:
    """How to grade: ``out`` for the results, ``jobs`` submissions at a time, and how far they are isolated."""

    out: Path
    jobs: int
    level: Level


def submissions_in(place: Path, number: str | None) -> tuple[Lab, Collection]:
    """What was handed in, in a folder or a platform's archive, and its lab: the one with this number or, if None, the
    one that the submissions name.

    Those of another lab are included with a problem. Raises ``UserError`` if there is nothing, or no lab is named.
    """
    if not place.is_dir() and place.suffix.lower() != ".zip":
        what = "is not a folder" if place.exists() else "does not exist"
        raise UserError(f"{place} {what}: expected a folder with a folder or an archive for each student")
    course = course_folder(outside=place)  # a student may have handed in all of the course, with other checks
    try:
        lab = find_lab(number or _named_lab(place, course), course)
        found = collect_class(place, [lab])
    except Unreadable as error:
        raise UserError(f"{place} cannot be read as the .zip of a class: {error}") from error
    if not found.submissions:
        raise UserError(f"{place} has no submission for lab {lab.number}: expected a folder or an archive for each")
    return lab, replace(found, submissions=[of_lab(one, lab) for one in found.submissions])


def _named_lab(place: Path, course: Path) -> str:
    named = sorted({one.lab for one in collect_class(place, every_lab(course)).submissions if one.lab})
    if len(named) != 1:
        raise UserError(f"the submissions name {', '.join(named) or 'no lab'}: say which one with --lab NN")
    return named[0]


def grade(lab: Lab, submissions: list[Submission], settings: Settings, done: Callable[[Grade], None]) -> list[Grade]:
    """Grade them all; ``done`` is called after each, from any thread. Returns them in the order given.

    A submission that ran out of time, or was killed, beside others is graded again alone: the machine may have been too
    busy.
    """
    results = settings.out / RESULTS
    results.mkdir(parents=True, exist_ok=True)
    version = lab_digest(lab)

    def one(submission: Submission) -> Grade:
        path = results / f"{submission.page}.json"
        stamp = f"{FORMAT} {submission.digest} {version} {settings.level}"
        graded = _kept(path, submission, stamp) or _grade(lab, submission, settings.level)
        if _is_final(graded):
            _keep(path, graded, stamp)
        if not graded.is_disturbed:
            done(graded)
        return graded

    def alone(graded: Grade) -> Grade:
        again = one(graded.submission)
        if again.is_disturbed:
            done(again)
        return again

    with ThreadPoolExecutor(settings.jobs) as pool:
        try:
            together = list(pool.map(one, submissions))
        except BaseException:  # including what Ctrl+C and a signal to end raise
            CHECKERS.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [alone(graded) if graded.is_disturbed else graded for graded in together]


def lab_digest(lab: Lab) -> str:
    """SHA-256 of what decides the points: the lab's folder, the files of the tasks, and what the answers import."""
    total = hashlib.sha256()
    for folder in (lab.folder, *(lab.course / package for package in lab.packages)):
        for path in sorted(path for path in folder.rglob("*") if path.suffix in DECIDING):
            total.update(path.name.encode() + path.read_bytes())
    for reference in lab.references:
        total.update((lab.course / reference).read_bytes())
    return total.hexdigest()


def _grade(lab: Lab, submission: Submission, level: Level) -> Grade:
    if not submission.files:
        return Grade(submission, Report(lab.name, ()), "")
    try:
        report = check_files(lab, submission.files, level)
    except CheckerFailed as error:
        told = text_without_places(str(error), lab).strip().splitlines()
        return Grade(submission, Report(lab.name, ()), " ".join(dict.fromkeys([told[0], told[-1]])), failed=True)
    return Grade(submission, report, "; ".join(_notes(report)))


def _notes(report: Report) -> Iterator[str]:
    yield from report.problems
    if all(result.state is State.TODO for result in report.results):
        yield "nothing has been done yet: every task is as in the starter"
    if broken := [result.name for result in report.results if result.state is State.BROKEN]:
        yield f"the checks {', '.join(broken)} themselves failed"
    if late := [result for result in report.results if result.disturbed]:
        killed = all(result.likely == TOO_LARGE for result in late)
        why = TOO_LARGE if killed else "an endless loop, or this machine is too slow or too busy"
        told = f"no answer in {len(late)} of {len(report.results)} checks, even when it ran alone"
        yield f"{told}: {why}; it is graded again in the next run"


def _is_final(graded: Grade) -> bool:
    """Whether it would come out the same again: not if the machine, an engine or a check failed."""
    results = graded.report.results
    return bool(results) and not graded.is_disturbed and all(result.state is not State.BROKEN for result in results)


def _kept(path: Path, submission: Submission, stamp: str) -> Grade | None:
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        if entry["stamp"] == stamp and submission.files:
            return Grade(submission, Report.from_json(entry["report"]), entry["problem"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _keep(path: Path, graded: Grade, stamp: str) -> None:
    entry = {"stamp": stamp, "report": graded.report.to_json(), "problem": graded.found}
    half = path.with_suffix(".half")
    half.write_text(json.dumps(entry), encoding="utf-8")
    os.replace(half, path)
