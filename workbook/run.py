"""Runs notebooks in order with papermill; what they make goes to ``work/``, the executed copies to ``work/run/``."""

from __future__ import annotations

import ast
import os
import time
from pathlib import Path

import papermill
from papermill.exceptions import PapermillExecutionError
from rich.console import Console

from pipeline import dataset
from workbook.errors import UserError
from workbook.paths import WORK, course_folder
from workbook.report import Outcome, write_report

KERNEL = "python3"
RUN_FOLDER = "run"

Parameters = dict[str, object]


def parse_parameters(notebooks: list[Path], settings: list[str]) -> Parameters:
    """``["EPOCHS=3"]`` to ``{"EPOCHS": 3}``; later settings win.

    papermill itself accepts any name and value in silence, so a slip of the pen would run with the
    default. Raises ``UserError`` for a name that none of the notebooks has, and for a value of another type
    than the default's.
    """
    declared = {name: default for path in notebooks for name, default in _declared(path).items()}
    parameters: Parameters = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise UserError(f"{setting!r} is no parameter: write NAME=VALUE")
        if name not in declared:
            raise UserError(f"no notebook of this run has a parameter {name}; there is {', '.join(declared) or 'none'}")
        value = _literal(text)
        if type(value) is not type(declared[name]):
            raise UserError(f"{name}={text}: expected a value like {declared[name]!r}")
        parameters[name] = value
    return parameters


def run_notebooks(notebooks: list[Path], parameters: Parameters, console: Console) -> tuple[Path, bool]:
    """Run them in order until one fails. Returns the path of the HTML report, and whether one failed."""
    dataset.ensure(console.print)
    folder = course_folder() / WORK / RUN_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    # A kernel of the same name in the user's home must not take the place of this environment's.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    outcomes = []
    for path in notebooks:
        outcomes.append(_run_one(path, folder / path.name, parameters))
        if outcomes[-1].error:
            console.print(f"[bold red]failed:[/] {path.name}: {outcomes[-1].error}", highlight=False)
            break
    report = write_report(folder, outcomes, not_run=[path.name for path in notebooks[len(outcomes) :]])
    return report, bool(outcomes[-1].error)


def _run_one(path: Path, output: Path, parameters: Parameters) -> Outcome:
    own = {name: value for name, value in parameters.items() if name in _declared(path)}
    started = time.monotonic()
    error = None
    try:
        papermill.execute_notebook(
            path,
            output,
            own,
            kernel_name=KERNEL,
            cwd=path.parent,
            progress_bar={"desc": path.stem, "ncols": 100},
        )
    except PapermillExecutionError as failure:
        error = f"cell {failure.exec_count}: {failure.ename}: {failure.evalue}"
    return Outcome(output, time.monotonic() - started, error)


def _declared(path: Path) -> Parameters:
    found = papermill.inspect_notebook(path)
    return {name: _literal(parameter["default"]) for name, parameter in found.items()}


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
