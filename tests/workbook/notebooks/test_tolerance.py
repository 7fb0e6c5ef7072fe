"""Numbers within their tolerance count as the stored ones, and nothing else does: as text, and through nbval itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from tests.conftest import ROOT
from tests.notebooks.replay import failed_cells
from workbook.notebooks.gates import stored_faults
from workbook.notebooks.tolerance import as_stored, tolerances_of

STORED = "test accuracy 0.892 on 10,000 pictures of 28x28\nsteps: 7, loss 1.5e-06"


def cell_with(text: str, *tolerance: dict, source: str | None = None) -> nbformat.NotebookNode:
    output = nbformat.v4.new_output("stream", text=text)
    metadata = {"tolerance": [*tolerance]}
    return nbformat.v4.new_code_cell(
        source or f"print({text!r}, end='')", outputs=[output], metadata=metadata, execution_count=1
    )


def same(new: str, *tolerance: dict) -> bool:
    return as_stored(STORED, new, tolerances_of(cell_with(STORED, *tolerance))) == STORED


@pytest.mark.parametrize(
    ("old", "new", "tolerance"),
    [
        ("0.892", "0.880", {"absolute": 0.02}),
        ("0.892", "0.88", {"after": "accuracy", "absolute": 0.02}),
        ("0.892", "1.2", {"relative": 0.5}),
        ("0.892", "0.851", {"band": [0.85, 1]}),
        ("10,000", "9,990", {"after": "accuracy", "absolute": 10}),
        ("steps: 7", "steps:  9", {"after": "steps", "absolute": 2}),
        ("1.5e-06", "2e-06", {"after": "loss", "relative": 0.5}),
    ],
)
def test_a_number_within_its_tolerance_is_as_good_as_the_stored_one(old, new, tolerance):
    text = STORED.replace(old, new)
    assert same(text, tolerance)
    assert not same(text)
    assert not same(text, {"after": "elsewhere", "absolute": 100})


@pytest.mark.parametrize(
    ("old", "new", "tolerance"),
    [
        ("0.892", "0.87", {"absolute": 0.02}),
        ("0.892", "0.84", {"band": [0.85, 1]}),
        ("0.892", "0.95", {"band": [0.9, 1]}),
        ("0.892", "0.1", {"relative": 1}),
        ("0.892", "8.9", {"relative": 1}),
        ("10,000", "9,999", {"absolute": 0.02}),
        ("28x28", "29x28", {"absolute": 5, "after": "accuracy"}),
        ("accuracy", "precision", {"absolute": 5}),
        (", loss 1.5e-06", "", {"absolute": 5}),
        ("7", "7.0 and 8.0", {"absolute": 500}),
        ("0.892", "nan", {"absolute": 5}),
    ],
)
def test_whatever_else_differs_does(old, new, tolerance):
    assert not same(STORED.replace(old, new), tolerance)


def test_what_is_too_far_is_shown_and_what_is_near_is_not():
    tolerances = tolerances_of(cell_with(STORED, {"absolute": 0.1}))
    assert as_stored("a 0.50, b 0.50", "a 0.55, b 0.75", tolerances) == "a 0.50, b 0.75"


@pytest.mark.parametrize(
    "tolerance", [{}, {"absolute": 1, "relative": 1}, {"within": 3}, {"absolute": 1, "before": "x"}]
)
def test_what_is_no_tolerance_is_refused(tolerance):
    with pytest.raises(ValueError, match="is not a tolerance; expected one of absolute, relative, band"):
        tolerances_of(cell_with(STORED, tolerance))


def test_a_tolerance_that_holds_for_nothing_is_a_fault_of_the_cell():
    assert stored_faults(cell_with(STORED, {"absolute": 1})) == []
    assert stored_faults(cell_with(STORED, {"after": "elsewhere", "absolute": 1})) == [
        "a tolerance applies to none of its numbers"
    ]


NEAR = cell_with("accuracy 0.892\n", {"absolute": 0.02}, source="print('accuracy  0.88')")
FAR = cell_with("accuracy 0.892\n", {"absolute": 0.02}, source="print('accuracy 0.86')")
UNTOLD = cell_with("accuracy 0.892\n", source="print('accuracy 0.88')")
SHOW = "from IPython.display import publish_display_data as show; show({'text/plain': '   loss\\n0   0.5'})"
SHOWN = cell_with("", {"absolute": 0.02}, source=SHOW)
SHOWN.outputs = [nbformat.v4.new_output("display_data", {"text/plain": "   loss\n0  0.51"})]


def test_nbval_is_red_for_what_is_too_far_and_for_nothing_else(tmp_path):
    failed = failed_cells({"numbers": [NEAR, FAR, UNTOLD, SHOWN]}, tmp_path)["numbers"]
    assert set(failed) == {1, 2}


def test_plain_pytest_reads_the_tolerances_too(tmp_path):
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "conftest.py", tmp_path / "notebooks")
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    for name, cell in (("near", NEAR), ("far", FAR)):
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "notebooks" / f"{name}.ipynb")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--nbval",
            "--nbval-kernel-name=python3",
            f"notebooks/{name}.ipynb",
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == (name == "far"), done.stdout
