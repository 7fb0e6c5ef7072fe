"""Each stored output, corrupted in turn, turns nbval red; left alone, it is green.

What is run is a replay of each notebook, see replay.py: once as it is stored, and then each cell once for each of its
outputs, with this one corrupted, a number with a tolerance by three of these; each of those must fail. All of them are
cells of one long notebook.
"""

from __future__ import annotations

import base64
import copy
import re
from functools import partial
from io import BytesIO

import nbformat
import pytest
from nbformat import NotebookNode
from PIL import Image, ImageOps

from tests.notebooks.replay import failed_cells, prints
from tests.notebooks.test_anatomy import NOTEBOOKS, code_cells, tags
from workbook.notebooks.tolerance import Spot, Tolerance, spots_in, tolerances_of
from workbook.notebooks.verify import IGNORE_TAG


def turns(cells: list[NotebookNode]) -> tuple[list[NotebookNode], set[int]]:
    """The notebook, then each cell as often as it can be corrupted; and the numbers of those that are corrupted."""
    replay = [prints(cell, cell) for cell in cells]
    corrupted = []
    for cell in replay:
        for act in range(len(corruptions(cell))):
            corrupted.append(copy.deepcopy(cell))
            corruptions(corrupted[-1])[act]()
    assert corrupted
    return [*replay, *corrupted], {*range(len(replay), len(replay) + len(corrupted))}


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
    """One act for each compared thing in the cell's outputs: a text, a number with a tolerance, or a picture."""
    if IGNORE_TAG in tags(cell):
        return []
    tolerances = tolerances_of(cell)
    acts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            acts += [partial(shift, output, "text", spot) for spot in loose(output.text, tolerances)]
            acts += [partial(change_line, output, line, tolerances) for line in lines_of(output.text)]
            continue
        acts += [
            partial(shift, output.data, "text/plain", spot) for spot in loose(output.data["text/plain"], tolerances)
        ]
        acts.append(partial(change_text, output.data, tolerances))
        if "image/png" in output.data and cell.metadata.get("picture") != "varies":
            acts.append(lambda data=output.data: data.update({"image/png": negative(data["image/png"])}))
    return acts


def loose(text: str, tolerances: list[Tolerance]) -> list[Spot]:
    """The numbers that have a tolerance."""
    return [spot for spot in spots_in(text, tolerances) if spot.tolerance]


def shift(texts: dict, kind: str, spot: Spot) -> None:
    """Put in its place a number that is three tolerances away."""
    size = spot.tolerance.size
    if spot.tolerance.kind == "band":
        shifted = size[1] + 3 * (size[1] - size[0])
    else:
        shifted = spot.value + 3 * size * (abs(spot.value) if spot.tolerance.kind == "relative" else 1)
    texts[kind] = f"{texts[kind][: spot.start]}{shifted:.6f}{texts[kind][spot.end :]}"


def lines_of(text: str) -> list[int]:
    """The first line, and the last: a comparison that stops early, or starts late, is caught."""
    return sorted({0, max(0, len(text.rstrip("\n").split("\n")) - 1)})


def change_line(output: NotebookNode, number: int, tolerances: list[Tolerance]) -> None:
    lines = output.text.split("\n")
    lines[number] = change(lines[number], tolerances)
    output.text = "\n".join(lines)


def change_text(data: NotebookNode, tolerances: list[Tolerance]) -> None:
    data["text/plain"] = change(data["text/plain"], tolerances)


def change(text: str, tolerances: list[Tolerance]) -> str:
    """Change one character, none of a number with a tolerance: the last digit if there is one, else the last letter."""
    left_out = {place for spot in loose(text, tolerances) for place in range(spot.start, spot.end)}
    for kind in (r"\d", r"\w"):
        places = [found.start() for found in re.finditer(kind, text) if found.start() not in left_out]
        if places:
            last = places[-1]
            return text[:last] + ("7" if text[last] != "7" else "3") + text[last + 1 :]
    return text + "?"


def negative(png: str) -> str:
    picture = Image.open(BytesIO(base64.b64decode(png))).convert("L")
    file = BytesIO()
    ImageOps.invert(picture).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
