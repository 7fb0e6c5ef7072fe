"""Each stored output, corrupted in turn, turns nbval red; left alone, it is green.

What is run is a replay of each notebook, see replay.py: once as it is stored, and then once for each n, with the n-th
output of every cell corrupted; each of those cells must fail. All these turns are cells of one long notebook.
"""

from __future__ import annotations

import base64
import copy
import re
from io import BytesIO

import nbformat
import pytest
from nbformat import NotebookNode
from PIL import Image, ImageOps

from tests.notebooks.replay import failed_cells, prints
from tests.notebooks.test_anatomy import NOTEBOOKS, code_cells, tags
from workbook.notebooks.verify import IGNORE_TAG


def turns(cells: list[NotebookNode]) -> tuple[list[NotebookNode], set[int]]:
    """All turns of a notebook, one after the other, and the numbers of the cells that are corrupted."""
    replay = [prints(cell, cell) for cell in cells]
    due: set[int] = set()
    most = max(len(corruptions(cell)) for cell in replay)
    assert most >= 1
    played = copy.deepcopy(replay)
    for turn in range(most):
        for cell in copy.deepcopy(replay):
            acts = corruptions(cell)
            if turn < len(acts):
                acts[turn]()
                due.add(len(played))
            played.append(cell)
    return played, due


@pytest.fixture(scope="module")
def played() -> dict[str, tuple[list[NotebookNode], set[int]]]:
    return {path.stem: turns(code_cells(nbformat.read(path, as_version=4))) for path in NOTEBOOKS}


@pytest.fixture(scope="module")
def failed(played, tmp_path_factory) -> dict[str, dict[int, str]]:
    cells = {name: cells for name, (cells, _) in played.items()}
    return failed_cells(cells, tmp_path_factory.mktemp("replays"))


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])
def test_what_is_stored_is_green_and_each_corrupted_output_is_red(played, failed, name):
    _, due = played[name]
    assert {number: why for number, why in failed[name].items() if number not in due} == {}
    assert due - {*failed[name]} == set(), "these were corrupted, and passed"


def corruptions(cell: NotebookNode) -> list:
    """One act for each compared thing in the cell's outputs: a text, or a picture."""
    if IGNORE_TAG in tags(cell):
        return []
    acts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            acts += [lambda output=output, line=line: change_line(output, line) for line in lines_of(output.text)]
            continue
        acts.append(lambda data=output.data: data.update({"text/plain": change(data["text/plain"])}))
        if "image/png" in output.data and cell.metadata.get("picture") != "varies":
            acts.append(lambda data=output.data: data.update({"image/png": negative(data["image/png"])}))
    return acts


def lines_of(text: str) -> list[int]:
    """The first line, and the last: a comparison that stops early, or starts late, is caught."""
    return sorted({0, max(0, len(text.rstrip("\n").split("\n")) - 1)})


def change_line(output: NotebookNode, number: int) -> None:
    lines = output.text.split("\n")
    lines[number] = change(lines[number])
    output.text = "\n".join(lines)


def change(text: str) -> str:
    """Change one character: the last digit if there is one, for numbers are what sanitizers swallow."""
    for pattern in (r"\d(?=\D*$)", r"\w(?=\W*$)"):
        if re.search(pattern, text):
            return re.sub(pattern, lambda found: "7" if found[0] != "7" else "3", text, count=1)
    return text + "?"


def negative(png: str) -> str:
    picture = Image.open(BytesIO(base64.b64decode(png))).convert("L")
    file = BytesIO()
    ImageOps.invert(picture).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
