"""The process that runs a lab's checks: pytest, with the student's code in yet another process.

Standard input has a JSON object: ``lab`` and ``files``, two folders; ``level``; ``task`` or null; ``engine``. The
report goes to standard output, which no other process has.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from workbook.labs.authoring.manifest import Lab, read_lab
from workbook.labs.checks.launch import ENGINE_CHECKS
from workbook.labs.checks.plugin import Collector
from workbook.labs.checks.results import Report
from workbook.labs.sandbox.contents import read_files
from workbook.labs.sandbox.isolation import Level
from workbook.labs.sandbox.student import Student

CHECKS = "checks*.py"  # long ones in several files
# As pytest is for a lab, whatever settings lie about: quiet, no files left behind.
OPTIONS = ("-c", os.devnull, "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler")


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


def main() -> None:
    request = json.load(sys.stdin)
    sys.dont_write_bytecode = True
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    lab = read_lab(Path(request["lab"]))
    files = read_files(lab, Path(request["files"]))
    report = run_checks(lab, files, Level(request["level"]), request["task"], request["engine"])
    output.write(report.to_json())
    output.close()


if __name__ == "__main__":
    main()
