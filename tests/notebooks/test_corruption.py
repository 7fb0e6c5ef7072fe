"""Each stored output, corrupted in turn, turns nbval red; left alone, it is green.

Training again for each of a hundred outputs would take hours. So a notebook is replayed: each cell is given, for its
source, the order to print what is stored in it, and nbval runs that against the stored outputs, with the
very settings of `workbook verify`. In one run the n-th output of every cell is corrupted, and each of those cells must
fail.
"""

from __future__ import annotations

import base64
import copy
import re
import subprocess
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from nbformat import NotebookNode
from PIL import Image, ImageOps

from tests.notebooks.test_anatomy import NOTEBOOKS, code_cells, tags
from workbook.notebooks.verify import IGNORE_TAG, nbval_command, nbval_environment

REPLAY = """
import sys
from IPython.display import publish_display_data
for output in {outputs!r}:
    if output["output_type"] == "stream":
        print(output["text"], end="", file=getattr(sys, output["name"]))
    else:
        publish_display_data(output["data"], output["metadata"])
"""


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def replay(request) -> NotebookNode:
    notebook = nbformat.read(request.param, as_version=4)
    notebook.cells = code_cells(notebook)
    for cell in notebook.cells:
        cell.source = REPLAY.format(outputs=nbformat.from_dict(cell.outputs))
    return notebook


def failed_cells(notebook: NotebookNode, folder: Path) -> set[int]:
    """Run nbval on the notebook; the numbers of the cells that failed."""
    path, results = folder / "replay.ipynb", folder / "results.xml"
    nbformat.write(notebook, path)
    command = [*nbval_command([path], folder), f"--junitxml={results}"]
    subprocess.run(command, env=nbval_environment(), capture_output=True, check=False)
    cases = ElementTree.parse(results).getroot().iter("testcase")
    outcome = {int(case.get("name").split()[-1]): case.find("failure") is not None for case in cases}
    assert len(outcome) == len(notebook.cells)
    return {number for number, failed in outcome.items() if failed}


def test_what_is_stored_is_green(replay, tmp_path):
    assert failed_cells(replay, tmp_path) == set()


def test_each_corrupted_output_is_red(replay, tmp_path):
    most = max(len(corruptions(cell)) for cell in replay.cells)
    assert most >= 1
    for turn in range(most):
        corrupted = copy.deepcopy(replay)
        due = set()
        for number, cell in enumerate(corrupted.cells):
            if turn < len(corruptions(cell)):
                corruptions(cell)[turn]()
                due.add(number)
        assert failed_cells(corrupted, tmp_path) == due


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
