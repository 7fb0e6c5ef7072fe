"""The notebooks print what is stored in them, on the model that comes with the course.

On the model that `make run` trains, they are compared in tests/test_fresh_clone.py, all of them, and a push has all of
them verified (.github/workflows/ci.yml). Here are those that ask a container engine, which that run has not.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat

from tests.conftest import ROOT
from tests.notebooks.test_anatomy import NOTEBOOKS, code_cells
from tests.workbook.test_cli import workbook


def test_notebooks_pass_nbval_strictly_on_the_pinned_model(course, data):
    shutil.copytree(ROOT / "notebooks", course / "notebooks", dirs_exist_ok=True)
    numbers = [path.name[:2] for path in NOTEBOOKS if asks_an_engine(path)]
    assert numbers
    result = workbook("verify", *numbers)
    assert result.returncode == 0, result.stdout
    assert not (course / "work").exists()


def asks_an_engine(path: Path) -> bool:
    """Whether its code does; its prose may name Docker all the same."""
    return any("Engine" in cell.source for cell in code_cells(nbformat.read(path, as_version=4)))
