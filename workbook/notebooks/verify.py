"""Compares what the notebooks print with what is stored in them, using nbval and the gates that it lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from rich.console import Console

from pipeline import dataset
from workbook.paths import NOTEBOOKS, WORK, course_folder

IGNORE_TAG = "nbval-ignore-output"
BLAS_THREADS = "1"  # of NumPy's: on small matrices, two of them wait for each other longer than they compute
# With nbval's own 2,000 s, it would wait that long for a dead kernel; training takes less than 200.
CELL_TIMEOUT_SECONDS = 900
# An answer about containers comes from an engine or from the record; the answer is compared, not which.
SANITIZERS = Path(__file__).with_name("sanitizers.cfg")


def verify_notebooks(notebooks: list[Path], console: Console) -> int:
    """Run them in a copy of the course; returns pytest's exit status: 0 if each cell printed what it should.

    The copy has the model of ``work/`` if there is one, so that the notebooks are checked on it; nothing that they
    write gets into the real ``work/``.
    """
    dataset.ensure(console.print)
    with tempfile.TemporaryDirectory(prefix="workbook-verify-") as scratch:
        copies = copy_course(notebooks, Path(scratch))
        status = subprocess.run(nbval_command(copies, Path(scratch)), env=nbval_environment(), check=False).returncode
    compared, ignored = count_cells(notebooks)
    console.print(f"{compared} cells compared, {ignored} ignored")
    return status


def nbval_command(notebooks: list[Path], root: Path) -> list[str]:
    """The pytest call that runs nbval strictly, with the gates, and with no settings but these."""
    return [
        *(sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(root)),
        *(
            "-p",
            "no:cacheprovider",
            "-p",
            "nbval.plugin",
            "-p",
            "workbook.notebooks.gates",
            "--tb=short",
            "--color=auto",
        ),
        *("--nbval", "--nbval-kernel-name=python3", f"--nbval-cell-timeout={CELL_TIMEOUT_SECONDS}"),
        f"--nbval-sanitize-with={SANITIZERS}",
        *map(str, notebooks),
    ]


def nbval_environment() -> dict[str, str]:
    """For pytest and its kernels: only the named plugins, because some take seconds to import.

    And a kernel of the same name in the user's home must not replace this environment's.
    """
    settings = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "JUPYTER_PREFER_ENV_PATH": "1"}
    return {"OPENBLAS_NUM_THREADS": BLAS_THREADS, **os.environ, **settings}


def count_cells(notebooks: list[Path]) -> tuple[int, int]:
    """How many code cells nbval compares, and how many it is told to ignore."""
    cells = [cell for path in notebooks for cell in nbformat.read(path, as_version=4).cells]
    code = [cell for cell in cells if cell.cell_type == "code"]
    ignored = sum(IGNORE_TAG in cell.metadata.get("tags", []) for cell in code)
    return len(code) - ignored, ignored


def copy_course(notebooks: list[Path], root: Path) -> list[Path]:
    """Copy the notebooks, and the model of ``work/`` if there is one, to a course in ``root``; returns the copies."""
    (root / NOTEBOOKS).mkdir()
    (root / WORK).mkdir()
    model = course_folder() / WORK / "clothes.keras"
    if model.exists():
        shutil.copy(model, root / WORK)
    return [Path(shutil.copy(path, root / NOTEBOOKS)) for path in notebooks]
