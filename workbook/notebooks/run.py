"""Runs notebooks with papermill; what they make goes to ``work/``, the executed copies to ``work/run/``."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import signal
import time
from pathlib import Path

import papermill
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline import dataset
from workbook.errors import UserError
from workbook.notebooks.artifacts import snapshot, written_since
from workbook.notebooks.flow import Flow, flow_of, run_in_order, waits_for
from workbook.notebooks.kernels import Failure, Kernels
from workbook.notebooks.report import Outcome, Report
from workbook.notebooks.verify import BLAS_THREADS
from workbook.paths import WORK, course_folder

RUN_FOLDER = "run"
# How the comment after a numeric parameter begins: values outside this range make no sense, or fail inside.
BETWEEN = re.compile(r"([\d_]+) to ([\d_]+)")

Parameters = dict[str, object]


def parse_parameters(notebooks: list[Path], settings: list[str]) -> Parameters:
    """``["EPOCHS=3"]`` to ``{"EPOCHS": 3}``; later settings win.

    papermill itself silently accepts any name and value, so a typo would run with the default. Raises ``UserError`` for
    a name that none of the notebooks has, for a value whose type differs from the default's, and for a number outside
    what the comment after it allows.
    """
    declared = {name: given for path in notebooks for name, given in papermill.inspect_notebook(path).items()}
    parameters: Parameters = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise UserError(f"{setting!r} is not a parameter: write NAME=VALUE")
        if name not in declared:
            raise UserError(f"no notebook of this run has a parameter {name}; there is {', '.join(declared) or 'none'}")
        value, default = _literal(text), _literal(declared[name]["default"])
        if type(value) is not type(default):
            raise UserError(f"{name}={text}: expected a value like {default!r}")
        between = BETWEEN.match(declared[name]["help"])
        if between and not int(between[1]) <= value <= int(between[2]):
            raise UserError(f"{name}={text}: expected a number from {between[0]}")
        parameters[name] = value
    return parameters


def run_notebooks(notebooks: list[Path], parameters: Parameters, jobs: int, console: Console) -> Report:
    """Run the notebooks, which are in order: each after those whose files it needs, at most ``jobs`` at once.

    After a failure, those that need the failed one are not run; the rest are. Ctrl-C, or the signal with which a CI
    service cancels a job, ends the kernels; what has run until then is in the report.
    """
    flows = {path: flow_of(path) for path in notebooks}
    dataset.ensure(console.print)
    run = _Run(flows, parameters, console)
    # A kernel of the same name in the user's home must not replace this environment's.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    os.environ.setdefault("OPENBLAS_NUM_THREADS", BLAS_THREADS)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with run.bars, contextlib.suppress(KeyboardInterrupt):
        run_in_order(run.graph, run.one, jobs, run.kernels.stop)
    return run.report(jobs)


class _Run:
    """What the threads of a run share."""

    def __init__(self, flows: dict[Path, Flow], parameters: Parameters, console: Console) -> None:
        self.folder = course_folder() / WORK / RUN_FOLDER
        self.folder.mkdir(parents=True, exist_ok=True)
        self.kernels = Kernels()
        self.graph = waits_for(flows)
        self._flows = flows
        self._parameters = parameters
        self._console = console
        self._began = time.monotonic()
        self._outcomes: dict[Path, Outcome] = {}
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("cells")
        self.bars = Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)

    def one(self, path: Path) -> bool:
        """Run one notebook; returns whether it succeeded."""
        own = {name: value for name, value in self._parameters.items() if name in papermill.inspect_notebook(path)}
        output = self.folder / path.name
        if self.bars.disable:
            self._console.print(f"started:  {path.name}", highlight=False)
        bar = self.bars.add_task(path.stem, total=None)
        began, before = time.monotonic(), snapshot(self.folder.parent)
        failure = self.kernels.execute(
            path, output, own, lambda done, cells: self.bars.update(bar, completed=done, total=cells)
        )
        seconds = time.monotonic() - began
        artifacts = written_since(before, self.folder.parent, self._flows[path].makes)
        self._outcomes[path] = Outcome(output, began - self._began, seconds, failure, artifacts)
        self.bars.remove_task(bar)
        fate = f"[bold red]failed:[/]   {path.name}: {escape(str(failure))}" if failure else f"finished: {path.name}"
        self._console.print(f"{fate}, {seconds:.0f} s", highlight=False)
        return failure is None

    def report(self, jobs: int) -> Report:
        """The result of each notebook, in order."""
        outcomes = [self._outcomes.get(path) or self._not_run(path) for path in self._flows]
        return Report(self.folder, outcomes, time.monotonic() - self._began, jobs)

    def _not_run(self, path: Path) -> Outcome:
        missing = sorted(needed.name for needed in self.graph[path] if not self._went_well(needed))
        reason = f"not run, because it needs {', '.join(missing)}" if missing else "not run"
        return Outcome(self.folder / path.name, None, None, Failure(reason), [])

    def _went_well(self, path: Path) -> bool:
        return path in self._outcomes and self._outcomes[path].failure is None


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
