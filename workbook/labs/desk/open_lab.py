"""What a student does with a lab, from the command line or from the lab's notebook."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from workbook.errors import UserError
from workbook.labs.authoring.manifest import Lab, find_lab
from workbook.labs.checks.launch import ENGINE_CHECKS, check_folder
from workbook.labs.checks.results import Report
from workbook.labs.checks.terminal_view import show_report
from workbook.labs.desk import progress, student_folder
from workbook.labs.sandbox import contents, warm
from workbook.servers.process import Server

RUN_SECONDS = 300  # against hanging; importing TensorFlow takes a busy machine a minute


class OpenLab:
    """A lab that the student has started. ``console`` is where things are shown; default: in its notebook.

    Raises ``UserError`` for a lab that does not exist or has not been started.
    """

    def __init__(self, number: str, console: Console | None = None) -> None:
        self._lab = find_lab(number)
        self._folder = student_folder.opened(self._lab)
        warm.prepare(self._lab.preload)  # while the checker starts, or the student still reads
        self._console = console

    def check(self, task: int | None = None, full: bool = False) -> Report:
        """Run the checks, or those of one task, and show what came of them.

        If all checks are run and a Docker engine answers, it builds what it has to.
        """
        self._known(task)
        engine = task is None and (self._lab.folder / ENGINE_CHECKS).exists()
        if engine:
            print("If a Docker engine answers here, it builds and runs your files. That may take a minute.")
        report = check_folder(self._lab, self._folder, task=task, engine=engine)
        progress.note_check(self._lab, report)
        if self._console:
            show_report(self._lab, report, self._console, full)
        else:
            from workbook.labs.checks.notebook_view import (
                display_report,  # here: a terminal does without Jupyter's packages
            )

            display_report(self._lab, report, full)
        return report

    def hint(self, task: int) -> None:
        """Show the hints for a task that were shown before, plus one more."""
        self._known(task)
        hints = self._lab.tasks[task - 1].hints
        seen = progress.hints_shown(self._lab, task)
        if seen < len(hints):
            progress.note(self._lab, "hint", task=task)
        shown = hints[: seen + 1]
        self._show_hints(shown, left=len(hints) - len(shown))

    def _show_hints(self, shown: tuple[str, ...], left: int) -> None:
        rest = f"{left} more, if you ask again" if left else "That was the last hint."
        if self._console is None:
            from workbook.labs.checks.notebook_view import display_hints

            return display_hints(shown, rest)
        for tier, text in enumerate(shown, start=1):
            self._console.print(f"{tier}. {text}", highlight=False, markup=False)
        self._console.print(f"[dim]{rest}[/]")

    def diff(self) -> None:
        """Compare with the reference: where the two differ for the same calls; then, once all checks have passed, the
        source, which is the solution."""
        from workbook.labs.desk.comparison import compare_behavior, compare_source

        behaviors = compare_behavior(self._lab, self._folder)
        table = Table("Call", "Yours", "Reference", title="Where they differ", title_justify="left")
        for one in behaviors:
            if not one.same:
                table.add_row(escape(one.name), escape(one.yours), escape(one.reference))
        console = self._console or Console(soft_wrap=True)
        if table.rows:
            console.print(table)
        same = len(behaviors) - len(table.rows)
        console.print(f"The same in {same} of {len(behaviors)} calls. Not every difference is a mistake.")
        if not progress.standing(self._lab).has_passed:
            console.print(f"The source is compared when all checks have passed: workbook check {self._lab.number}")
            return
        for text in filter(None, compare_source(self._lab, self._folder)):
            console.print(Syntax(text, "diff", background_color="default"))

    def serve(self, program: str, ready: str = "/healthz") -> Server:
        """Run a Python program that serves HTTP at the port in ``PORT``, with your files instead of the reference's."""
        return Server("-c", self._with_files(program), ready=ready)

    def run(self, program: str, *arguments: str) -> str:
        """Run a Python program with your files instead of the reference's; returns what it prints."""
        command = [sys.executable, "-c", self._with_files(program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=RUN_SECONDS)
        return (done.stdout or done.stderr).strip()

    def _with_files(self, program: str) -> str:
        folder = Path(tempfile.mkdtemp(prefix="workbook-lab-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        contents.fill(folder, self._lab, contents.read_files(self._lab, self._folder))
        return f"import sys; sys.path.insert(0, {str(folder / contents.LAB_FOLDER)!r})\n" + program

    def _known(self, task: int | None) -> None:
        count = len(self._lab.tasks)
        if task is not None and not 1 <= task <= count:
            raise UserError(f"lab {self._lab.number} has no task {task}; there are 1 to {count}")


def start_if_new(number: str) -> Lab:
    """The lab with this number, started if it was not. Raises ``UserError`` for a lab that does not exist."""
    lab = find_lab(number)
    if not lab.work.exists():
        student_folder.start(lab)
        progress.note(lab, "start")
    return lab
