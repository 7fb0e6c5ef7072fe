"""A class graded from start to finish: from what was handed in to the resulting files."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from workbook.errors import UserError
from workbook.labs.authoring.manifest import Lab
from workbook.labs.checks.results import State
from workbook.labs.grading import gradebook, grades, mistakes, roster, similarity
from workbook.labs.grading.grades import Grade
from workbook.labs.grading.submissions import Collection
from workbook.labs.sandbox import isolation

MISTAKES_SHOWN = 5
IGNORED = "*\n"  # student work must not get into a repository, wherever it is put
GIT_NOT_IGNORED = 1  # the status of `git check-ignore`; 128 if there is no repository


@dataclass(frozen=True)
class Request:
    """What to grade, for which lab (None: the one that the submissions name), and how."""

    place: Path
    number: str | None
    out: Path
    jobs: int
    unprotected: bool
    roster: Path | None


def grade_class(request: Request, console: Console) -> None:
    """Grade what was handed in, and write it into ``request.out``. Raises ``UserError``."""
    _check_out(request.out, request.place)
    lab, collection = grades.submissions_in(request.place, request.number)
    enrolled = roster.read_roster(request.roster) if request.roster else None
    _say_what_was_found(collection, request.place, console)
    submissions, counted = collection.submissions, []
    if enrolled:
        submissions, counted = roster.with_everybody(enrolled, submissions)
    level = isolation.choose(request.unprotected)
    console.print(f"Each submission runs in {level.means}.")
    console.print(f"Its memory is {isolation.kept_memory(level)}.")
    isolation.prepare(level, lab, console.print)
    (request.out / grades.RESULTS).mkdir(parents=True, exist_ok=True)
    (request.out / ".gitignore").write_text(IGNORED, encoding="utf-8")
    started = time.monotonic()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("grading", total=len(submissions))
        settings = grades.Settings(request.out, request.jobs, level)
        graded = grades.grade(lab, submissions, settings, lambda _: progress.advance(task))
    graded = _with_mistakes(lab, graded, request.jobs, console)
    pairs = similarity.alike(lab, {one.page: one.files for one in submissions})
    gradebook.write_gradebook(lab, graded, pairs, level, request.out)
    look = sum(bool(one.problem) for one in graded)
    seconds = time.monotonic() - started
    console.print(f"{len(graded)} graded in {seconds:.0f} s, {look} to look at: {request.out / gradebook.TABLE}")
    if enrolled:
        written = gradebook.write_imports(lab, enrolled, [graded[place] for place in counted], request.out)
        console.print(f"For Moodle and Canvas: {', '.join(map(str, written))}")
    if pairs:
        console.print(f"{len(pairs)} pairs are very similar: {request.out / gradebook.PAIRS}")


def _check_out(out: Path, place: Path) -> None:
    """Raises ``UserError`` if grades would be mixed with somebody else's files."""
    if out.resolve().is_relative_to(place.resolve()):
        raise UserError(f"--out {out} is in what was handed in: name a folder beside it")
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file: name a folder")
    if out.is_dir() and any(out.iterdir()) and not _is_of_an_earlier_run(out):
        raise UserError(f"--out {out} has things other than grades in it: name a new, an empty or an earlier folder")


def _is_of_an_earlier_run(out: Path) -> bool:
    """Both things that a run makes first must be there: many folders have a ``results/`` that is not ours."""
    ignored = out / ".gitignore"
    return (out / grades.RESULTS).is_dir() and ignored.is_file() and ignored.read_bytes() == IGNORED.encode()


def _say_what_was_found(collection: Collection, place: Path, console: Console) -> None:
    if collection.form:
        console.print(f"Read as {collection.form} hands it out: {len(collection.submissions)} students.")
    if collection.clutter:
        console.print(f"Not handed in by anybody: {', '.join(collection.clutter)}", markup=False)
    if _can_be_committed(place):
        console.print(f"git would commit {place}: put it into .gitignore, students' work is theirs.", markup=False)


def _can_be_committed(place: Path) -> bool:
    """Whether it is in a git repository that does not ignore it."""
    command = ["git", "-C", str(place.resolve().parent), "check-ignore", "--quiet", place.resolve().name]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == GIT_NOT_IGNORED
    except OSError:
        return False


def _with_mistakes(lab: Lab, graded: list[Grade], jobs: int, console: Console) -> list[Grade]:
    """The grades with the known mistakes that the failed ones are nearest to; also prints a summary."""
    if not any(result.state is State.FAILED for one in graded for result in one.report.explained):
        return graded
    known = mistakes.known_mistakes(lab, grades.lab_digest(lab), jobs, console.print)
    graded = [replace(one, mistake=mistakes.nearest(one.report, known)) for one in graded]
    for mistake, count in mistakes.counted(one.mistake for one in graded)[:MISTAKES_SHOWN]:
        console.print(f"{count} of {len(graded)}: {mistake}", markup=False, highlight=False)
    return graded
