"""Runs one round of the loop by an engine: one at a time in each loop, and with no process left when it has ended."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.loop import steps
from pipeline.loop.batches import NoBatch
from pipeline.loop.tracking import ALONE
from workbook.errors import UserError
from workbook.labs import sandbox

PLAIN = "plain"
# The module of each engine, and how it says that a step begins.
MODULES = {"kubeflow": "pipeline.engines.kubeflow", "metaflow": "pipeline.engines.metaflow_round"}
BEGINS = {
    "kubeflow": re.compile(r"Executing task \x1b\[\d+m'([a-z]+)"),
    "metaflow": re.compile(r"\[\d+/([a-z]+)/\d+ \(pid \d+\)\] Task is starting"),
}
ENGINES = (PLAIN, *MODULES)
ENVIRONMENT = {
    "PYTHONUNBUFFERED": "1",
    "METAFLOW_USER": "student",  # it refuses to run for nobody, and for root
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONDONTWRITEBYTECODE": "",  # each step is a process, and would compile the engine's packages again
}
ERROR = re.compile(r"\b(?:\w+(?:Error|Exception)|Not?[A-Z]\w+): .+")
SUPERVISOR = Path(sandbox.__file__).parent / "inside" / "supervisor.py"
LIFELINE = "0"  # the standard input: the supervisor ends everything when this process has ended, however it did


def run_round(config: dict, engine: str, python: Path | None, told: Callable[[str], None]) -> dict:
    """Run a round as ``pipeline.loop.steps.run_round`` does, and return what that returns.

    ``python`` is the interpreter of the engines' environment, None for the plain engine. ``told`` is called with the
    name of each step as it begins; one that the engine takes from its cache does not begin. Raises ``UserError`` if
    another round or `workbook loop` is at work there, and if a step fails.
    """
    folder = Path(config["home"]) / "pipeline"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.parent / ALONE, timeout=0):
            if engine == PLAIN:
                return _plain(config, told)
            return _by(engine, python, config, told)
    except Timeout as error:
        raise UserError(f"another round, or a loop, is at work in {config['home']}: wait until it has ended") from error


def _plain(config: dict, told: Callable[[str], None]) -> dict:
    try:
        return steps.run_round(config, told)
    except (ValueError, NoBatch) as error:
        raise UserError(str(error)) from error


def _by(engine: str, python: Path, config: dict, told: Callable[[str], None]) -> dict:
    folder = Path(config["home"]) / "pipeline"
    asked, answered, log = (folder / name for name in ("round.json", "result.json", f"{engine}.log"))
    asked.write_text(json.dumps(config), encoding="utf-8")
    answered.unlink(missing_ok=True)
    command = [str(python), "-m", MODULES[engine], "run", str(asked), str(answered)]
    with log.open("w", encoding="utf-8") as file:
        for line in _lines(command, folder):
            file.write(line)
            begins = BEGINS[engine].search(line)
            if begins and begins[1] in steps.ORDER:
                told(begins[1])
    if not answered.exists():
        raise UserError(f"{_failure(log)}; see {log}")
    return json.loads(answered.read_text(encoding="utf-8"))


def _lines(command: list[str], folder: Path) -> Iterator[str]:
    """What the command prints. All of its processes end with it, or with the caller, whichever is first."""
    scratch = folder / "scratch"  # of the engine's own: Kubeflow leaves a folder of each step in the system's
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    places = {"TMPDIR": str(scratch), "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(folder)}
    with subprocess.Popen(
        [sys.executable, str(SUPERVISOR), LIFELINE, *command],
        cwd=folder,
        env={**os.environ, **ENVIRONMENT, **places},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        yield from process.stdout
        # Here, or where the caller has given up: closing the standard input, as `with` does, ends the supervisor.


def _failure(log: Path) -> str:
    """The first error that a step has raised, as its traceback ends; the last line if there is none."""
    text = log.read_text(encoding="utf-8")
    found = ERROR.search(text)
    return found[0].strip() if found else text.strip().rpartition("\n")[2] or "the engine printed nothing"


def compile_pipeline(file: Path, python: Path) -> None:
    """Write the pipeline as the YAML file that a cluster with Kubeflow runs. Raises ``UserError``."""
    command = [str(python), "-m", MODULES["kubeflow"], "compile", str(file.resolve())]
    environment = {**os.environ, **ENVIRONMENT}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"Kubeflow could not write {file}: {done.stderr.strip().rpartition(chr(10))[2]}")
