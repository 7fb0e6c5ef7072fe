"""`workbook store`: a changed notebook gets the outputs of one clean run, or stays as it is."""

from __future__ import annotations

import nbformat
import pytest

from tests.workbook.notebooks.notebook_files import write_notebook
from tests.workbook.test_cli import workbook

MAKES_A_FILE = "from pathlib import Path; Path('../work/made').touch()"


@pytest.fixture
def notebook(course, data):
    """A notebook as an editor leaves it: run in another order, with a clock in its metadata, work in its cell."""
    cells = "print('ten')", "print('eleven'); 12"
    path = write_notebook(course / "notebooks" / "01_small.ipynb", *cells, flow={"needs": [], "makes": ["made"]})
    stored = nbformat.read(path, as_version=4)
    stored.cells[0].metadata.update(execution={"iopub.execute_input": "2026-01-01"}, scrolled=True, tags=["hide-input"])
    stored.cells[0].execution_count = 7
    stored.metadata.update(widgets={}, language_info={"name": "python", "version": "3.11.7"})
    nbformat.write(stored, path)
    return path


def test_stores_what_is_printed_and_leaves_no_trace_of_the_run(notebook, course):
    done = workbook("store", "1")
    assert (done.returncode, "stored 01_small.ipynb" in done.stdout) == (0, True), done.stderr
    stored = nbformat.read(notebook, as_version=4)
    assert [cell.execution_count for cell in stored.cells] == [1, 2]
    assert [output.output_type for output in stored.cells[1].outputs] == ["stream", "execute_result"]
    assert stored.cells[0].metadata == {"tags": ["hide-input"]}
    assert set(stored.metadata) == {"kernelspec", "language_info", "workbook"}
    assert stored.metadata.workbook == {"needs": [], "makes": ["made"]}
    assert stored.metadata.language_info == {"name": "python"}
    assert workbook("verify", "1").returncode == 0


def test_stored_twice_is_stored_the_same(notebook):
    workbook("store", "1")
    once = notebook.read_bytes()
    workbook("store", "1")
    assert notebook.read_bytes() == once


def test_what_a_notebook_makes_stays_out_of_the_students_folder(course, data):
    write_notebook(course / "notebooks" / "01_makes.ipynb", MAKES_A_FILE + "; print('made')")
    assert workbook("store", "1").returncode == 0
    assert not (course / "work").exists()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("!exit 3", "use subprocess.run"),
        ("import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()", "no alternative text"),
        ("import sys; print('careful', file=sys.stderr)", "standard error: careful"),
    ],
)
def test_what_verify_would_refuse_is_not_stored(course, data, source, message):
    path = write_notebook(course / "notebooks" / "01_wrong.ipynb", source)
    before = path.read_bytes()
    result = workbook("store", "1")
    # Before it, the kernel may have said how it ended: ipykernel logs a race of its own threads.
    error = result.stderr.splitlines()[-1]
    assert result.returncode == 2
    assert [line for line in result.stderr.splitlines() if line.startswith("error: ")] == [error]
    assert message in error
    assert "not stored" in error
    assert path.read_bytes() == before


def test_asks_which_one():
    assert workbook("store").returncode == 2
