"""The process that runs a lab's checks: pytest, with the student's code in yet another process.

Standard input has a JSON object in a line: ``lab``, a folder; ``files`` by name, in base 64; ``level``; ``task`` or
null; ``engine``; ``scratch``, the folder for temporary files. When it is closed, nobody waits any more. The report goes
to standard output, which no other process has.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import threading
from pathlib import Path

import pytest

from workbook.labs.authoring.manifest import Lab, read_lab
from workbook.labs.checks.launch import ENGINE_CHECKS
from workbook.labs.checks.plugin import Collector
from workbook.labs.checks.results import Report
from workbook.labs.sandbox import cgroup
from workbook.labs.sandbox.isolation import Level
from workbook.labs.sandbox.process_tree import end_descendants
from workbook.labs.sandbox.student import Student

CHECKS = "checks*.py"  # long ones in several files
# As pytest is for a lab, whatever settings lie about: quiet, no files left behind.
OPTIONS = ("-c", os.devnull, "--noconftest", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler")


class NoChecks(RuntimeError):
    """pytest did not run the lab's checks: a fault of the course, never of the student."""


def run_checks(
    lab: Lab, files: dict[str, bytes], level: Level = Level.OPEN, task: int | None = None, engine: bool = False
) -> Report:
    """Run the checks on a student's ``files``, with ``engine`` those as well that a Docker engine has to answer.

    Raises ``NoChecks`` unless each check gave its result.
    """
    modules = sorted(map(str, lab.folder.glob(CHECKS)))
    if engine:
        modules.append(str(lab.folder / ENGINE_CHECKS))
    with Student(lab, files, level) as student:
        collector = Collector(student, files, task)
        status = pytest.main([*OPTIONS, "--rootdir", str(lab.folder), *modules], [collector])
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            raise NoChecks(f"the checks in {lab.folder} could not be run: pytest ended with {status!r}")
        return Report(lab.name, tuple(collector.results), student.printed())


class Lifeline(threading.Thread):
    """Ends this process and all below it when whoever started it has gone, and leaves no file."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(daemon=True)
        self._scratch = scratch
        self._cut = threading.Event()

    def run(self) -> None:
        os.read(0, 1)  # and not by sys.stdin, which Python could not close then when it ends
        self._cut.set()
        end_descendants()
        cgroup.remove_leftovers(self._scratch.name)
        shutil.rmtree(self._scratch, ignore_errors=True)
        os._exit(1)

    def wait_if_cut(self) -> None:
        """Not to end before all is removed: the checks end at once when the student's process has."""
        if self._cut.is_set():
            self.join()


def main() -> None:
    request = json.loads(sys.stdin.readline())
    lifeline = Lifeline(Path(request["scratch"]))
    lifeline.start()
    sys.dont_write_bytecode = True
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    lab = read_lab(Path(request["lab"]))
    files = {name: base64.b64decode(content) for name, content in request["files"].items()}
    try:
        report = run_checks(lab, files, Level(request["level"]), request["task"], request["engine"])
    finally:
        lifeline.wait_if_cut()
    output.write(report.to_json())
    output.close()


if __name__ == "__main__":
    main()
