"""The subcommands for labs. Each parses its arguments and calls the module that does the work."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from workbook.errors import UserError
from workbook.search_paths import leave_out_current_folder

SIGNALED = 128  # added to a signal's number, as a shell does
app = typer.Typer()
console = Console(soft_wrap=True)

Number = Annotated[str, typer.Argument(metavar="NN", help="The lab's number.")]


@app.command()
def start(number: Number) -> None:
    """Begin a lab: put its starter into work/labs/.

    Example: workbook start 04
    """
    from workbook.labs.authoring.manifest import find_lab
    from workbook.labs.desk import progress, student_folder
    from workbook.labs.sandbox import warm

    lab = find_lab(number)
    folder = student_folder.start(lab)
    warm.prepare(lab.preload)
    progress.note(lab, "start")
    console.print(
        f"Lab {lab.number}: {lab.title} ({lab.minutes[0]} to {lab.minutes[1]} minutes), "
        f"in {student_folder.shown(folder, lab)}/"
    )
    for task in lab.tasks:
        file = task.reference.rpartition("/")[2]
        console.print(f"  Task {task.number}: {task.title}: {task.function} in {file}", highlight=False)
    console.print(f"Open lab.ipynb there in JupyterLab, or an editor. Then: workbook check {lab.number}")


@app.command()
def check(
    number: Number,
    task: Annotated[int | None, typer.Option("--task", help="Only the checks of this task.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Explain every failure, with its traceback.")] = False,
) -> None:
    """Check your answer: what went wrong and why, then a table, then what to do next.

    Example: workbook check 04 --task 2
    """
    from workbook.labs.desk.open_lab import OpenLab

    report = OpenLab(number, console).check(task, full)
    raise typer.Exit(1 if report.failures else 0)


@app.command()
def hint(number: Number, task: Annotated[int, typer.Argument(metavar="TASK", help="The task's number.")]) -> None:
    """Show the next hint for a task: first a question, then a pointer, then nearly the answer.

    Example: workbook hint 04 2
    """
    from workbook.labs.desk.open_lab import OpenLab

    OpenLab(number, console).hint(task)


@app.command()
def diff(number: Number) -> None:
    """Compare your answer with the reference: what both do with the same calls and, when all checks pass, the source.

    Example: workbook diff 04
    """
    from workbook.labs.desk.open_lab import OpenLab

    OpenLab(number, console).diff()


@app.command()
def status() -> None:
    """Show how far you are with each lab.

    Example: workbook status
    """
    from workbook.labs.authoring.manifest import every_lab
    from workbook.labs.desk.progress import standing, standings_table

    console.print(standings_table([standing(lab) for lab in every_lab()]))


@app.command()
def reset(
    number: Number,
    force: Annotated[bool, typer.Option("--force", help="Do it even if you wrote something.")] = False,
) -> None:
    """Start a lab over. A dated copy of what you wrote is kept in work/labs/kept/.

    Example: workbook reset 04 --force
    """
    from workbook.labs.authoring.manifest import find_lab
    from workbook.labs.desk import progress, student_folder

    lab = find_lab(number)
    kept = student_folder.reset(lab, force)
    progress.note(lab, "reset")
    if kept:
        console.print(f"What you had is in {student_folder.shown(kept, lab)}/")
    console.print(f"The starter of lab {lab.number} is in {student_folder.shown(lab.work, lab)}/ again.")


@app.command()
def submit(
    number: Number,
    name: Annotated[str | None, typer.Option("--name", help="Yours, as your instructor knows it; required.")] = None,
) -> None:
    """Pack your answer into one archive for your instructor.

    Example: workbook submit 04 --name "Ada Lovelace"
    """
    from server.model_card import sha256_of
    from workbook.labs.authoring.manifest import find_lab
    from workbook.labs.checks.launch import check_folder
    from workbook.labs.desk import archive, progress, student_folder
    from workbook.labs.sandbox.contents import read_files

    lab = find_lab(number)
    folder = student_folder.opened(lab)
    if name is None:
        raise UserError(f'whose answer is it? Run workbook submit {lab.number} --name "Your Name"')
    report = check_folder(lab, folder)
    path = archive.pack(lab, read_files(lab, folder), name, report)
    digest = sha256_of(path)
    progress.note(lab, "submit", archive=path.name, sha256=digest)
    console.print(
        f"Hand in {student_folder.shown(path, lab)} ({report.earned} of {report.points} points by your own check)"
    )
    console.print(f"SHA-256 {digest}", highlight=False)


@app.command()
def grade(  # noqa: PLR0913, PLR0917  one argument for each option
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder with what was handed in, or a platform's .zip.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="For the table, the pages and results to keep.")],
    number: Annotated[
        str | None, typer.Option("--lab", metavar="NN", help="Which lab; default: what they say.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="How many at a time.")] = 2,
    roster: Annotated[
        Path | None, typer.Option("--roster", metavar="FILE", help="A CSV of the class: names, and a platform's ids.")
    ] = None,
    unprotected: Annotated[bool, typer.Option("--open", help="Even if submissions cannot be isolated.")] = False,
) -> None:
    """Grade a class: each submission by your copy of the checks, isolated from this machine and from the others.

    It can be stopped and repeated: what is graded stays graded.

    Example: workbook grade handed-in --lab 04 --out graded
    """
    leave_out_current_folder()  # before anything else is imported: what was handed in may be there
    for told in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(told, lambda number, _: sys.exit(SIGNALED + number))

    from workbook.labs.grading.run import Request, grade_class

    grade_class(Request(folder, number, out, jobs, unprotected, roster), console)


@app.command("new-lab")
def new_lab(
    name: Annotated[str, typer.Argument(metavar="NN_TOPIC", help="The notebook's number and a word.")],
    functions: Annotated[list[str], typer.Argument(metavar="FILE:FUNCTION...", help="What students will write.")],
) -> None:
    """Make the folder of a new lab from the course's functions.

    Example: workbook new-lab 08_cards pipeline/export.py:framework
    """
    from workbook.labs.authoring.scaffold import FILL_IN
    from workbook.labs.authoring.scaffold import new_lab as make
    from workbook.paths import course_folder

    course = course_folder()
    lab = make(course, name, functions)
    console.print(f"{lab.folder.relative_to(course).as_posix()}/ is made: lab.toml, checks.py, lab.ipynb, wrong/")
    console.print(f"Write what is marked {FILL_IN}, five files in wrong/, and alternative.py; docs/labs.md says how.")
    console.print(f'What is still missing: pytest -m "" tests/labs -k {lab.name}', highlight=False)
