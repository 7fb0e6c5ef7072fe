"""`workbook verify`: nbval and the gates that it lacks turn red for each defect, and only then."""

from __future__ import annotations

import nbformat
import pytest
from nbformat import NotebookNode

from tests.workbook.notebooks.notebook_files import write_notebook
from tests.workbook.test_cli import workbook

DRAW = """
import matplotlib.pyplot as plt, workbook
figure, axes = plt.subplots()
axes.bar([1, 2, 3], [3, 1, 2])
workbook.show(figure, alt="Three bars")
"""


@pytest.fixture
def notebook(course, data):
    """A course of one stored notebook that is as it should be: text, a value, and a picture."""
    return write_notebook(course / "notebooks" / "01_good.ipynb", "print('ten'); 10", DRAW, "print(12)", execute=True)


def edit(path, change) -> None:
    stored = nbformat.read(path, as_version=4)
    change(stored.cells)
    nbformat.write(stored, path)


def test_a_good_notebook_is_green_and_its_cells_are_counted(notebook):
    result = workbook("verify")
    assert result.returncode == 0, result.stdout
    assert "3 cells compared, 0 ignored" in result.stdout


def never_run(cells: list[NotebookNode]) -> None:
    cells[0].update(execution_count=None, outputs=[])


def another_number(cells: list[NotebookNode]) -> None:
    cells[2].outputs[0].text = "13\n"


def exception_that_does_not_come(cells: list[NotebookNode]) -> None:
    cells[2].metadata.tags = ["raises-exception"]


def failing_shell_command(cells: list[NotebookNode]) -> None:
    cells[2].update(source="!exit 3", outputs=[])


def skipped(cells: list[NotebookNode]) -> None:
    cells[2].metadata.tags = ["nbval-skip"]


def another_alternative_text(cells: list[NotebookNode]) -> None:
    cells[1].outputs[0].data["text/plain"] = "Four bars"


def no_alternative_text(cells: list[NotebookNode]) -> None:
    cells[1].outputs[0].metadata.clear()


def another_picture(cells: list[NotebookNode]) -> None:
    cells[1].source = cells[1].source.replace("[3, 1, 2]", "[0.1, 3, 0.1]")


def another_size(cells: list[NotebookNode]) -> None:
    cells[1].metadata.picture = "varies"
    cells[1].source = cells[1].source.replace("subplots()", "subplots(figsize=(3, 9))")


def one_picture_too_many(cells: list[NotebookNode]) -> None:
    cells[1].outputs = cells[1].outputs * 2


@pytest.mark.parametrize(
    ("defect", "reason"),
    [
        (never_run, "it was never run"),
        (another_number, "13"),
        (exception_that_does_not_come, "has stored no error"),
        (failing_shell_command, "use subprocess.run(check=True)"),
        (skipped, "skipped by a tag"),
        (another_alternative_text, "Four bars"),
        (no_alternative_text, "no alternative text"),
        (another_picture, "does not look like the stored one"),
        (another_size, "pixels and is"),
        (one_picture_too_many, ""),
    ],
)
def test_each_defect_turns_it_red(notebook, defect, reason):
    edit(notebook, defect)
    result = workbook("verify")
    assert result.returncode == 1, result.stdout
    assert reason in result.stdout


def test_a_picture_that_may_vary_is_not_compared(notebook):
    edit(notebook, another_picture)
    edit(notebook, lambda cells: cells[1].metadata.update(picture="varies"))
    assert workbook("verify").returncode == 0


def test_nothing_in_work_is_touched_but_its_model_is_used(course, data):
    (course / "work").mkdir()
    (course / "work" / "clothes.keras").write_text("model")
    source = "import os; os.chdir('..'); f = open('work/clothes.keras', 'r+'); print(f.read()); f.write('!')"
    path = write_notebook(course / "notebooks" / "01_writes.ipynb", source)
    edit(path, lambda cells: cells[0].update(execution_count=1, outputs=[stream("model\n"), result(1)]))
    outcome = workbook("verify")
    assert outcome.returncode == 0, outcome.stdout
    assert (course / "work" / "clothes.keras").read_text() == "model"


def stream(text: str) -> NotebookNode:
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def result(value: object) -> NotebookNode:
    return nbformat.v4.new_output("execute_result", data={"text/plain": repr(value)}, execution_count=1)
