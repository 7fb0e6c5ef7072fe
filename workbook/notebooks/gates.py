"""A pytest plugin for what nbval silently passes: each of these gates is named after the defect it stops.

It is loaded beside nbval with ``-p workbook.notebooks.gates``, or by notebooks/conftest.py; each finding makes its cell
fail. It also relaxes nbval for numbers that have a tolerance in a cell's metadata (see ``tolerance``).
"""

from __future__ import annotations

import base64
import copy
from io import BytesIO

import numpy as np
import pytest
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell
from PIL import Image

from workbook.notebooks.tolerance import Tolerance, as_stored, spots_in, tolerances_of

# Pictures are compared at a small size, so that the fonts and rounding of another machine do not matter.
SMALL = (32, 32)
LARGEST_MEAN_DIFFERENCE = 6.0  # of 255 levels
TEXTS = {"text", "text/plain", "text/html"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    if isinstance(item, IPyNbCell):
        _refuse(stored_faults(item.cell))
        exactly, tolerances = item.compare_outputs, tolerances_of(item.cell)
        # What the sanitizers make equal must be so before numbers are compared: they are, between equal words.
        same = item.sanitize_outputs
        item.compare_outputs = lambda new, stored, *rest: exactly(
            near(same(new), same(stored), tolerances), stored, *rest
        )
    result = yield
    if isinstance(item, IPyNbCell):
        _refuse(picture_faults(item.cell, item.test_outputs))
    return result


def near(new: list, stored: list, tolerances: list[Tolerance]) -> list:
    """The outputs of a run, with each number that is within its tolerance replaced by the stored one."""
    if not tolerances or len(new) != len(stored):
        return new
    new = copy.deepcopy(new)
    for output, before in zip(new, stored, strict=True):
        for texts, stored_texts in ((output, before), (output.get("data", {}), before.get("data", {}))):
            for kind in TEXTS & texts.keys() & stored_texts.keys():
                texts[kind] = as_stored(stored_texts[kind], texts[kind], tolerances)
    return new


def stored_faults(cell: NotebookNode) -> list[str]:
    """What is wrong with a code cell as it is stored."""
    tags = cell.metadata.get("tags", [])
    kinds = [output.output_type for output in cell.outputs]
    faults = {
        "it was never run: it has no execution count": cell.execution_count is None,
        "it is skipped by a tag": "nbval-skip" in tags,
        "it is tagged raises-exception but has stored no error": "raises-exception" in tags and "error" not in kinds,
        "it has stored an error": "error" in kinds and "raises-exception" not in tags,
        "a failing !command goes unseen: use subprocess.run(check=True)": _has_shell_line(cell.source),
        "a picture has no alternative text": not all(alt for _, alt in _pictures(cell.outputs)),
        "a tolerance applies to none of its numbers": not _all_hold(cell),
    }
    return [fault for fault, found in faults.items() if found]


def picture_faults(stored: NotebookNode, outputs: list) -> list[str]:
    """Where the pictures of a run differ from the stored ones.

    A cell whose metadata say ``"picture": "varies"`` draws the result of training, which differs between machines: only
    the number and size of its pictures are compared, and that they are not blank.
    """
    before = [picture for picture, _ in _pictures(stored.outputs)]
    after = [picture for picture, _ in _pictures(outputs)]
    if len(before) != len(after):
        return [f"it has stored {len(before)} pictures and drew {len(after)}"]
    varies = stored.metadata.get("picture") == "varies"
    pairs = enumerate(zip(before, after, strict=True), start=1)
    return [f"picture {number} {fault}" for number, pair in pairs if (fault := _difference(*pair, varies))]


def _difference(before: Image.Image, after: Image.Image, varies: bool) -> str | None:
    ratios = [new / old for old, new in zip(before.size, after.size, strict=True)]
    if not all(0.9 < ratio < 1.1 for ratio in ratios):
        return f"was {before.size} pixels and is {after.size}"
    if np.asarray(after).std() < 1:
        return "is blank"
    small = [np.asarray(picture.resize(SMALL), np.float32) for picture in (before, after)]
    if not varies and np.abs(small[0] - small[1]).mean() > LARGEST_MEAN_DIFFERENCE:
        return "does not look like the stored one"
    return None


def _pictures(outputs: list) -> list[tuple[Image.Image, str]]:
    """The gray pictures among the outputs, each with its alternative text."""
    found = []
    for output in outputs:
        if "image/png" in output.get("data", {}):
            png = base64.b64decode(output["data"]["image/png"])
            alt = output["metadata"].get("image/png", {}).get("alt", "")
            found.append((Image.open(BytesIO(png)).convert("L"), alt))
    return found


def texts_of(cell: NotebookNode) -> list[str]:
    """What a cell has printed or displayed, as text."""
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return [text for text in texts if text]


def _all_hold(cell: NotebookNode) -> bool:
    """Whether each of its tolerances has a number. Raises ``ValueError`` for an invalid one."""
    tolerances = tolerances_of(cell)
    used = {spot.tolerance for text in texts_of(cell) for spot in spots_in(text, tolerances)} if tolerances else set()
    return all(tolerance in used for tolerance in tolerances)


def _has_shell_line(source: str) -> bool:
    return not source.startswith("%%") and any(line.lstrip().startswith("!") for line in source.splitlines())


def _refuse(faults: list[str]) -> None:
    if faults:
        pytest.fail("; ".join(faults), pytrace=False)
