"""Has a lab's checks run in a process of their own, and takes their report.

It imports neither pytest nor NumPy, for which a student would wait twice: they are in that process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from workbook.errors import UserError
from workbook.labs.authoring.manifest import Lab
from workbook.labs.checks.results import Report
from workbook.labs.sandbox.isolation import Level

ENGINE_CHECKS = "engine_checks.py"  # of what a Docker engine makes of the answer
ENGINE_SECONDS = 900  # for two builds without anything in the cache, and what is asked of the containers
RUNS = 4  # where files cannot be loaded, and have to be found
MARGIN_SECONDS = 300  # beyond what the student's code may take: for start-ups and pytest, on a machine under load


class CheckerFailed(UserError):
    """The checks themselves could not be run."""


def check_folder(
    lab: Lab, folder: Path, level: Level = Level.OPEN, task: int | None = None, engine: bool = False
) -> Report:
    """Check the student's files in ``folder``; with ``engine``, what a Docker engine makes of them as well.

    Raises ``CheckerFailed``.
    """
    request = {"lab": str(lab.folder), "files": str(folder), "level": level, "task": task, "engine": engine}
    seconds = RUNS * lab.limits.total_seconds + MARGIN_SECONDS + ENGINE_SECONDS * engine
    # What a checker leaves that had to be ended goes with its own folder for such things.
    with tempfile.TemporaryDirectory(prefix="workbook-check-", ignore_cleanup_errors=True) as scratch:
        done = _run(lab, json.dumps(request), scratch, seconds)
    if done.returncode != 0:
        raise CheckerFailed(f"the checks of lab {lab.number} could not be run:\n{done.stderr[-3000:]}")
    return Report.from_json(done.stdout)


def _run(lab: Lab, request: str, scratch: str, seconds: float) -> subprocess.CompletedProcess:
    own = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        return subprocess.run(
            [sys.executable, "-m", "workbook.labs.checks.session"],
            input=request,
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, **own, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch)},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CheckerFailed(f"the checks of lab {lab.number} did not end in {error.timeout:.0f} s") from error
