"""New notebooks reach a student's volume, and nothing that the student wrote is touched."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from workbook.jupyter.update import update_notebooks


def notebook(**cells: str) -> bytes:
    """A notebook with these cells, by their ids."""
    return nbformat.writes(new_notebook(cells=[new_code_cell(text, id=name) for name, text in cells.items()])).encode()


def cells_of(path: Path) -> list[tuple[str, str]]:
    return [(cell.id, cell.source) for cell in nbformat.read(path, as_version=4).cells]


@pytest.fixture
def folders(tmp_path) -> tuple[Path, Path]:
    """The course's notebooks, one, and a student's folder in which it has arrived."""
    originals, mine = tmp_path / "originals", tmp_path / "mine"
    originals.mkdir()
    (originals / "01_a.ipynb").write_bytes(notebook(title="1", model="2", end="3"))
    assert list(update_notebooks(originals, mine)) == []
    return originals, mine / "01_a.ipynb"


def update(originals: Path, path: Path, **cells: str) -> list[str]:
    (originals / path.name).write_bytes(notebook(**cells))
    return list(update_notebooks(originals, path.parent))


def test_one_that_was_not_changed_is_replaced(folders):
    assert update(*folders, title="1", model="better", end="3") == []
    assert folders[1].read_bytes() == notebook(title="1", model="better", end="3")


def test_of_one_that_was_changed_the_students_cells_stay_and_the_others_are_new(folders):
    path = folders[1]
    path.write_bytes(notebook(title="1", note="mine", model="my model", end="3"))
    (said,) = update(*folders, title="new", model="their model", added="4", end="3")
    assert "merged" in said
    assert cells_of(path) == [
        ("title", "new"), ("note", "mine"), ("model", "my model"), ("added", "4"), ("end", "3")
    ]  # fmt: skip


def test_what_ran_keeps_its_outputs_unless_the_cell_is_new(folders):
    path = folders[1]
    ran = nbformat.read(path, as_version=4)
    for cell in ran.cells:
        cell.outputs = [new_output("stream", text="seen")]
    nbformat.write(ran, path)
    update(*folders, title="1", model="better", end="3")
    assert [bool(cell.outputs) for cell in nbformat.read(path, as_version=4).cells] == [True, False, True]


def test_a_cell_that_the_student_took_out_stays_out_and_what_the_course_took_out_goes_unless_written_in(folders):
    path = folders[1]
    path.write_bytes(notebook(title="1", model="my model"))
    update(*folders, title="1", end="3")
    assert cells_of(path) == [("title", "1"), ("model", "my model")]


def test_a_prose_cell_that_became_code_is_the_students(folders):
    path = folders[1]
    mine = nbformat.read(path, as_version=4)
    mine.cells[1] = new_markdown_cell("2", id="model")
    nbformat.write(mine, path)
    update(*folders, title="1", model="better", end="3")
    assert nbformat.read(path, as_version=4).cells[1].cell_type == "markdown"


def test_one_that_was_removed_comes_back(folders):
    folders[1].unlink()
    update(*folders, title="1")
    assert cells_of(folders[1]) == [("title", "1")]


@pytest.mark.parametrize("left", [b"", b"half of {", b"[]", b"\xff\xfe", b'{"cells": [{"source": "no id"}]}'])
def test_what_is_no_notebook_any_more_is_left_and_said(folders, left):
    folders[1].write_bytes(left)
    (said,) = update(*folders, title="new")
    assert said.startswith("notebooks/01_a.ipynb: left as it is")
    assert folders[1].read_bytes() == left
    assert update(*folders, title="new") == [], "it is said once"


def test_a_volume_from_before_is_left_as_it_is(folders):
    path = folders[1]
    (path.parent / ".course" / path.name).unlink()
    path.write_bytes(notebook(title="whose?"))
    (said,) = update(*folders, title="new")
    assert "left as it is" in said
    assert cells_of(path) == [("title", "whose?")]


def test_a_notebook_that_the_course_has_no_more_goes_unless_it_was_changed(folders):
    originals, path = folders
    (originals / "02_b.ipynb").write_bytes(notebook(title="1"))
    list(update_notebooks(originals, path.parent))
    own = path.with_name("mine.ipynb")
    own.write_bytes(notebook(title="mine"))
    path.write_bytes(notebook(title="mine"))
    for original in originals.iterdir():
        original.unlink()
    assert list(update_notebooks(originals, path.parent)) == []
    assert {one.name for one in path.parent.glob("*.ipynb")} == {path.name, own.name}


def test_a_folder_that_cannot_be_written_to_is_an_error_of_the_system(folders, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        list(update_notebooks(folders[0], tmp_path / "file"))
