"""What notebook 13 says of its manifest: the schemas find nothing in it, and nothing in the copies that it breaks."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat

from tests.conftest import ROOT
from workbook.kubernetes.build import parse
from workbook.kubernetes.check import rule_problems
from workbook.kubernetes.schemas import schema_problems

NOTEBOOK = ROOT / "notebooks" / "13_many_machines.ipynb"


def manifest_and_breaks() -> tuple[str, list[tuple[str, str]]]:
    cells = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    [breaks] = [
        ast.literal_eval(node.value)
        for node in ast.parse(cells["broken"]).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "BREAKS"
    ]
    return cells["manifest"].partition("\n")[2] + "\n", breaks


def test_the_schemas_have_nothing_against_it_and_each_broken_copy_is_found_by_a_rule_alone(kubernetes_tools):
    good, breaks = manifest_and_breaks()
    assert len(breaks) > 5 and all(good.count(before) == 1 for before, _ in breaks)
    files = [parse(good.replace(*change), Path("clothes.yaml")) for change in [("", ""), *breaks]]
    refused = schema_problems([one for objects in files for one in objects], kubernetes_tools)
    assert not any(refused)
    assert [bool(rule_problems(objects)) for objects in files] == [False] + [True] * len(breaks)
