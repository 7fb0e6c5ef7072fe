"""Runs a lab's checks in a process of their own, and takes their report.

It imports neither pytest nor NumPy, because a student would wait for them twice: they are in that process.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from workbook.errors import UserError
from workbook.labs.authoring.manifest import Lab
from workbook.labs.checks.results import Report
from workbook.labs.sandbox import cgroup
from workbook.labs.sandbox.contents import read_files
from workbook.labs.sandbox.isolation import Level
from workbook.labs.sandbox.scratch import Scratch, scratch_folder
from workbook.labs.sandbox.surroundings import checkers_environment

ENGINE_CHECKS = "engine_checks.py"  # of what a Docker engine makes of the answer
ENGINE_SECONDS = 900  # for two builds without anything in the cache, and what is asked of the containers
RUNS = 5  # where files cannot be loaded, and have to be found; and one more for each task in which something fails
MARGIN_SECONDS = 300  # beyond what the student's code may take: for start-ups and pytest, on a machine under load
SAID_CHARACTERS = 3000


class CheckerFailed(UserError):
    """The checks themselves could not be run."""


class Stopped(CheckerFailed):
    """They were not finished, because this process has to stop."""


class Checkers:
    """The processes that run checks for this one, so that it can end them all."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen] = set()
        self._lock = threading.Lock()
        self.stopped = False

    def started(self, checker: subprocess.Popen) -> None:
        with self._lock:
            self._running.add(checker)
            if self.stopped:
                _let_go(checker)

    def ended(self, checker: subprocess.Popen) -> None:
        with self._lock:
            self._running.discard(checker)

    def stop(self) -> None:
        """Make them end soon, and those that are still to come."""
        with self._lock:
            self.stopped = True
            for checker in self._running:
                _let_go(checker)


CHECKERS = Checkers()


def check_folder(
    lab: Lab, folder: Path, level: Level = Level.OPEN, task: int | None = None, engine: bool = False
) -> Report:
    """Check the student's files in ``folder``, as ``check_files`` does."""
    return check_files(lab, read_files(lab, folder), level, task, engine)


def check_files(
    lab: Lab, files: Mapping[str, bytes], level: Level = Level.OPEN, task: int | None = None, engine: bool = False
) -> Report:
    """Check a student's files, by name; with ``engine``, also what a Docker engine makes of them.

    Raises ``CheckerFailed``.
    """
    contents = {name: base64.b64encode(content).decode() for name, content in files.items()}
    request = {"lab": str(lab.folder), "files": contents, "level": level, "task": task, "engine": engine}
    seconds = (RUNS + len(lab.tasks)) * lab.limits.total_seconds + MARGIN_SECONDS + ENGINE_SECONDS * engine
    with scratch_folder() as scratch, tempfile.TemporaryFile() as report, tempfile.TemporaryFile() as said:
        status = _run(lab, request, scratch, (report, said), seconds)
        if status == 0:
            return Report.from_json(_text(report))
        if CHECKERS.stopped:
            raise Stopped("stopped before it was checked")
        raise CheckerFailed(f"the checks of lab {lab.number} could not be run:\n{_text(said)[-SAID_CHARACTERS:]}")


def _run(lab: Lab, request: dict, scratch: Scratch, outputs: tuple[BinaryIO, BinaryIO], seconds: float) -> int:
    """The exit status of the process that runs the checks.

    Its standard input stays open until then, so that it notices when this process ends, however that happens.
    """
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "workbook.labs.checks.session"],
        cwd=scratch.folder,
        env=checkers_environment(scratch.folder),
        stdin=subprocess.PIPE,
        stdout=outputs[0],
        stderr=outputs[1],
        pass_fds=scratch.locks,
        start_new_session=True,  # Ctrl+C is for this process, which tells the other one
    ) as checker:
        CHECKERS.started(checker)
        try:
            with suppress(OSError):  # it has ended, and its status says so
                checker.stdin.write(json.dumps({**request, "scratch": str(scratch.folder)}).encode() + b"\n")
                checker.stdin.flush()
            return checker.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise CheckerFailed(f"the checks of lab {lab.number} did not end in {error.timeout:.0f} s") from error
        finally:
            CHECKERS.ended(checker)
            checker.kill()
            cgroup.remove_leftovers(scratch.folder.name)


def _let_go(checker: subprocess.Popen) -> None:
    with suppress(OSError):
        checker.stdin.close()


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode("utf-8", errors="replace")
