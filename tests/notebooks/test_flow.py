"""What each notebook says that it needs from `work/` and makes there is what its code names.

That it is also what it really writes, tests/test_fresh_clone.py sees in a run of all of them.
"""

from __future__ import annotations

import re

import nbformat
import pytest

from tests.notebooks.test_anatomy import NOTEBOOKS, code_cells
from workbook.notebooks.artifacts import OTHERS, matches
from workbook.notebooks.flow import flow_of

FLOWS = {path: flow_of(path) for path in NOTEBOOKS}
MODEL = "clothes.keras"


@pytest.fixture(params=NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def path(request):
    return request.param


def test_says_what_it_needs_and_makes(path):
    assert not FLOWS[path].alone


def test_needs_only_what_one_earlier_notebook_makes(path):
    for name in FLOWS[path].needs:
        makers = [other for other in NOTEBOOKS if matches(name, FLOWS[other].makes)]
        assert len(makers) == 1
        assert makers[0] < path


def test_names_in_its_code_only_what_it_needs_or_makes(path):
    source = "\n".join(cell.source for cell in code_cells(nbformat.read(path, as_version=4)))
    named = set(re.findall(r"work/([\w./-]*\w)", source))
    if "clothes_model()" in source:
        named.add(MODEL)
    declared = [*FLOWS[path].needs, *FLOWS[path].makes]
    undeclared = {name for name in named if name.partition("/")[0] not in OTHERS}
    assert {name for name in undeclared if not matches(name, declared) and not matches(f"{name}/x", declared)} == set()


def test_needs_nothing_that_its_code_does_not_use(path):
    source = "\n".join(cell.source for cell in code_cells(nbformat.read(path, as_version=4)))
    for name in FLOWS[path].needs:
        assert f"work/{name}" in source or (name == MODEL and "clothes_model()" in source)
