"""`workbook verify`: nbval and the gates that it lacks turn red for each defect, and only then."""

from __future__ import annotations

import re
import shutil

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


GOOD = "print('ten'); 10", DRAW, "print(12)"  # text, a value, and a picture


def edit(path, change) -> None:
    stored = nbformat.read(path, as_version=4)
    change(stored.cells)
    nbformat.write(stored, path)


def test_a_good_notebook_is_green_and_its_cells_are_counted(course, data):
    write_notebook(course / "notebooks" / "01_good.ipynb", *GOOD, execute=True)
    result = workbook("verify")
    assert result.returncode == 0, result.stdout
    assert "3 cells compared, 0 ignored" in result.stdout


def test_numbers_are_compared_between_words_that_the_sanitizers_make_equal(course, data):
    path = course / "notebooks" / "01_recorded.ipynb"
    write_notebook(path, "print('kilobytes: 66 [this engine]')", execute=True)

    def as_recorded(cells: list[NotebookNode]) -> None:
        cells[0].outputs[0].text = "kilobytes: 69 [recorded]\n"
        cells[0].metadata["tolerance"] = [{"after": "kilobytes", "relative": 0.2}]

    edit(path, as_recorded)
    result = workbook("verify")
    assert result.returncode == 0, result.stdout


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


def another_picture_that_may_vary(cells: list[NotebookNode]) -> None:
    another_picture(cells)
    cells[1].metadata.picture = "varies"


# What is printed of each; nothing of the one that is no defect.
REASONS = {
    never_run: "it was never run",
    another_number: "13",
    exception_that_does_not_come: "has stored no error",
    failing_shell_command: "use subprocess.run(check=True)",
    skipped: "skipped by a tag",
    another_alternative_text: "Four bars",
    no_alternative_text: "no alternative text",
    another_picture: "does not look like the stored one",
    another_size: "pixels and is",
    one_picture_too_many: "Cell 1",
    another_picture_that_may_vary: None,
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory, data) -> dict[str, str]:
    """What one `workbook verify` says of the failed cells of each of these notebooks; none is good, so it fails."""
    course = tmp_path_factory.mktemp("defects")
    (course / "notebooks").mkdir()
    good = write_notebook(course / "good.ipynb", *GOOD, execute=True)
    for number, defect in enumerate(REASONS, start=1):
        path = shutil.copy(good, course / "notebooks" / f"{number:02}_{defect.__name__}.ipynb")
        edit(path, defect)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(course)
        result = workbook("verify")
    assert result.returncode == 1, result.stdout
    failures = result.stdout.partition(" FAILURES ")[2].partition(" short test summary ")[0]
    parts = re.split(r"^_+ notebooks/\d\d_(\w+)\.ipynb::(Cell \d+) _+$", failures, flags=re.MULTILINE)
    said = dict.fromkeys((defect.__name__ for defect in REASONS), "")
    for name, cell, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        said[name] += cell + text
    return said


@pytest.mark.parametrize("defect", REASONS)
def test_each_defect_turns_it_red(printed, defect):
    said, reason = printed[defect.__name__], REASONS[defect]
    assert (reason in said) if reason else (said == "")


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
