"""The written rules that each notebook obeys, as far as they show in the file. One test a rule."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.conftest import ROOT
from workbook.notebooks.gates import stored_faults, texts_of
from workbook.notebooks.tolerance import spots_in, tolerances_of
from workbook.notebooks.verify import IGNORE_TAG, count_cells

CHARACTERS = 100  # of a line of code, on the site's page at a desk
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def path(request) -> Path:
    return request.param


@pytest.fixture
def notebook(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook: NotebookNode) -> str:
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def test_there_are_notebooks_numbered_without_a_gap():
    assert [int(path.name[:2]) for path in NOTEBOOKS] == list(range(1, max(5, len(NOTEBOOKS)) + 1))


def test_is_a_valid_notebook_of_the_courses_kernel_alone(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) <= {"kernelspec", "language_info", "workbook"}


def test_opens_with_its_title_and_what_is_done_learnt_and_needed(notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    for phrase in ("you will do", "you will learn", "you need", "minutes"):
        assert phrase in first.source, phrase


def test_headings_are_in_order_under_one_title(notebook):
    levels = [len(marks) for marks in re.findall(r"^(#+) ", prose(notebook), re.MULTILINE)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_ends_with_a_summary_and_the_lab(notebook):
    _, summary, ending = prose(notebook).rpartition("## Summary")
    assert summary
    assert re.search(r"[Ll]ab", ending)


def test_asks_at_least_one_question_with_its_answer_folded(notebook):
    text = prose(notebook)
    assert "Stop and think" in text
    assert text.count("<details>") == text.count("</details>")
    assert text.count("<summary>Answer</summary>\n\n") >= 1


WRONG = "## What is still wrong with our process\n\n"


def still_wrong(path: Path) -> list[str]:
    """The points of a notebook's list, in order."""
    [cell] = [cell for cell in nbformat.read(path, as_version=4).cells if cell.source.startswith(WRONG)]
    return [line for line in cell.source.splitlines() if line.startswith("- ")]


def test_the_list_of_what_is_still_wrong_gets_shorter_from_notebook_to_notebook():
    lists = [still_wrong(path) for path in NOTEBOOKS]
    for before, after in pairwise(lists):
        assert after == [point for point in before if point in after], "in the same words and the same order"
        assert len(after) < len(before), after


QUESTION = re.compile(r"\*\*Question (\d)\.\*\* ")
SUMMARY = re.compile(r"<summary>.*?</summary>")
CHOICE = re.compile(r"<details><summary>([abcd])\. (?:[^<]|</?code>)+</summary>\n\n(Right|No)\. \S[^<]+</details>")


def test_ends_with_five_questions_whose_choices_each_have_their_reason(notebook):
    questions = [cell.source for cell in notebook.cells if QUESTION.match(cell.source)]
    assert [QUESTION.match(source)[1] for source in questions] == list("12345")
    right = []
    for source in questions:
        choices = CHOICE.findall(source)
        assert [letter for letter, _ in choices] == list("abcd"[: len(choices)]), source
        assert len(choices) == source.count("<details>") >= 3, source
        assert "`" not in "".join(SUMMARY.findall(source)), "Markdown is not read in there; expected <code>"
        right += [letter for letter, verdict in choices if verdict == "Right"]
    assert len(right) == 5, "each has one right choice"
    assert len(set(right)) >= 3, "it is not always the same letter"


def named_in(notebook: NotebookNode, function: str) -> dict[str, int]:
    """The names that a function of the workbook is called with, and in which code cell."""
    called = re.compile(rf'workbook\.{function}\(\s*"(.+?)"')
    cells = enumerate(code_cells(notebook))
    return {name: number for number, cell in cells for name in called.findall(cell.source)}


def test_asks_for_two_guesses_or_more_and_shows_each_answer_afterwards(notebook):
    asked, shown = (named_in(notebook, function) for function in ("guess", "reveal"))
    assert len(asked) >= 2
    assert asked.keys() == shown.keys()
    assert all(shown[name] > at for name, at in asked.items())


def test_no_output_is_a_bare_verdict(notebook):
    """A student wants to see the number. Where the verdict is the point, the cell says why, under ``verdict``."""
    for cell in code_cells(notebook):
        bare = re.findall(r"^.*\b(?:True|False)$", "\n".join(texts_of(cell)), re.MULTILINE)
        assert bool(bare) == bool(cell.metadata.get("verdict")), (cell.id, bare)
        assert not {"True", "False"} & {*bare}, cell.id


def test_the_first_code_cell_alone_holds_the_parameters(notebook):
    assert ["parameters" in tags(cell) for cell in code_cells(notebook)].index(True) == 0
    assert sum("parameters" in tags(cell) for cell in code_cells(notebook)) == 1


def test_outputs_come_from_one_run(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    assert not any({"papermill", "execution"} & set(cell.metadata) for cell in notebook.cells)


def test_cells_end_in_something_to_see(notebook):
    silent = [cell.id for cell in code_cells(notebook) if not cell.outputs and "parameters" not in tags(cell)]
    assert silent == []


def test_no_line_of_code_is_wider_than_the_page_shows(notebook):
    lines = [line for cell in code_cells(notebook) for line in cell.source.splitlines()]
    assert [line for line in lines if len(line) > CHARACTERS] == []


def test_code_that_draws_is_folded_in_jupyterlab_and_on_the_site(notebook):
    """And a cell that is folded in one of the two is folded in the other."""
    for cell in code_cells(notebook):
        folded = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        assert folded == ("hide-input" in tags(cell)), cell.id
        assert folded or "workbook.show(" not in cell.source, cell.id


def test_nothing_is_stored_that_the_gates_refuse(notebook):
    assert {cell.id: faults for cell in code_cells(notebook) if (faults := stored_faults(cell))} == {}


def test_nothing_came_over_standard_error(notebook):
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []


def test_at_most_one_cell_in_ten_is_ignored_and_says_why(notebook, path):
    compared, ignored = count_cells([path])
    assert ignored <= (compared + ignored) / 10
    for cell in code_cells(notebook):
        assert (IGNORE_TAG in tags(cell)) == bool(cell.metadata.get("reason")), cell.id


VARYING = {
    "a port": r"127\.0\.0\.1:\d|localhost:\d",
    "an absolute path": r"(?<![\w.<])/(usr|tmp|home|root|work)/",
    "a time": r"\b\d+(\.\d+)? ?(ms|s|seconds)\b(?! a try)",
    "an address in memory": r"0x[0-9a-f]{6,}",
    "a long fraction": r"\b0\.\d*[1-9]\d{3,}",
}

# Notebook 06 shows a file that has these in it, on every machine: the settings of a health check.
SHOWN = r"--(interval|timeout|start-period)=\d+s|127\.0\.0\.1:8000/readyz"


def without_loose_numbers(text: str, cell: NotebookNode) -> str:
    """What is compared as it stands."""
    for spot in reversed(list(spots_in(text, tolerances_of(cell)))):
        text = text[: spot.start] + text[spot.end :] if spot.tolerance else text
    return text


def test_compared_outputs_hold_nothing_that_varies(notebook):
    for cell in code_cells(notebook):
        if IGNORE_TAG in tags(cell):
            continue
        for shown in texts_of(cell):
            text = re.sub(SHOWN, "", without_loose_numbers(shown, cell))
            for what, pattern in VARYING.items():
                assert not re.search(pattern, text), f"{cell.id}: {what} in {text!r}"


def test_servers_take_free_ports_and_nothing_sleeps(notebook):
    source = "\n".join(cell.source for cell in code_cells(notebook))
    assert not re.search(r"port\s*=\s*\d{4,}|:\d{4,5}/", source)
    assert "time.sleep" not in source
    assert source.count("Server(") == 0 or ".stop()" in source or "with workbook.Server" in source
