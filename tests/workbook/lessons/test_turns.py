"""Each turn of each lesson: its answer passes, the gap that is stored and at least two wrong answers do not.

What is tried is the notebook's own cell, with the gap filled, after the imports of the notebook.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from tests.notebooks.test_anatomy import NOTEBOOKS, code_cells
from workbook import check_turn
from workbook.errors import UserError
from workbook.lessons.turn import NOT_FILLED, Turn, turns_of
from workbook.notebooks.gates import texts_of

GAP = re.compile(r"(?<![.\w])\.\.\.(?!\.)")
TURNS = [(path, turn) for path in NOTEBOOKS for turn in turns_of(path.name[:2]).values()]


def cells_of(path: Path) -> list[nbformat.NotebookNode]:
    return code_cells(nbformat.read(path, as_version=4))


def cell_of(path: Path, turn: Turn) -> nbformat.NotebookNode:
    (cell,) = [cell for cell in cells_of(path) if f'workbook.check_turn("{turn.name}"' in cell.source]
    return cell


@pytest.fixture(scope="module")
def imported() -> dict[Path, dict]:
    """What the imports of each notebook give, done once."""
    return {}


def imports_of(path: Path) -> str:
    python = [cell.source for cell in cells_of(path) if not cell.source.startswith("%%")]
    nodes = [node for source in python for node in ast.parse(source).body]
    return "\n".join(ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))


@pytest.fixture
def said(imported, tmp_path, monkeypatch):
    """What the cell of a turn prints with these in the place of its gaps."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path)

    def run(path: Path, turn: Turn, filling: tuple[str, ...]) -> str:
        if path not in imported:
            imported[path] = {}
            exec(imports_of(path), imported[path])
        left = iter(filling)
        source = GAP.sub(lambda _: next(left), cell_of(path, turn).source)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(source, {**imported[path]})
        return printed.getvalue()

    return run


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_lesson_has_three_turns_or_more_each_in_a_cell_of_its_own(path):
    names = re.findall(r'workbook\.check_turn\(\s*"(.+?)"', "\n".join(cell.source for cell in cells_of(path)))
    assert names == [*turns_of(path.name[:2])]


@pytest.mark.parametrize(("path", "turn"), TURNS, ids=lambda it: getattr(it, "name", ""))
def test_the_gap_is_stored_and_the_answer_passes_and_what_is_wrong_does_not(said, path, turn):
    cell = cell_of(path, turn)
    assert NOT_FILLED in "".join(texts_of(cell))
    assert len(GAP.findall(cell.source)) == len(turn.answer)
    assert said(path, turn, turn.answer).rstrip().endswith(f"Right. {turn.idea}")
    assert len({*turn.wrong} - {turn.answer}) >= 2
    for wrong in turn.wrong:
        assert len(wrong) == len(turn.answer)
        verdict = said(path, turn, wrong)
        assert "Not yet: " in verdict, wrong
        assert "Traceback" not in verdict
        assert NOT_FILLED not in verdict


YOUNGEST_FIRST = "max(0, wanted - len(alive)), alive[wanted:][::-1]"
READY = "name for name, status in statuses.items() if status == 200"
YEAR_OLD = "claim for claim in claims if (today - claim.checked).days > 365"
WON_AND_LOST = "((before != right) & (after == right)).sum(), ((before == right) & (after != right)).sum()"
ALSO_RIGHT = {
    "12 changes": (f"np.array([{WON_AND_LOST}])", f"[{WON_AND_LOST}]"),
    "13 listed": (f"{{{READY}}}", f"({READY})", f"[{READY}][::-1]"),
    "13 reconcile": (YOUNGEST_FIRST, f"[*({YOUNGEST_FIRST})]", "max(0, wanted - len(alive)), {*alive[wanted:]}"),
    "13 expired": (f"({YEAR_OLD})", f"[{YEAR_OLD}][::-1]", f"{{{YEAR_OLD}}}"),
}


@pytest.mark.parametrize("name", ALSO_RIGHT)
def test_what_is_right_in_another_form_is_right(said, name):
    (path, turn) = next((path, turn) for path, turn in TURNS if turn.name == name)
    for other in ALSO_RIGHT[name]:
        assert "Right. " in said(path, turn, (other,)), other


def test_the_weights_that_are_wrong_are_those_that_are_shown(said):
    path, turn = next((path, turn) for path, turn in TURNS if turn.name == "12 integers")
    told = said(path, turn, ("(weights // scale).astype(np.int8)",))
    given, expected = re.search(r"gave (.+), expected (.+)", told).groups()
    assert given != expected


def test_what_the_students_code_raises_is_told_in_a_line_and_stops_nothing(capsys, monkeypatch):
    turn = Turn("99 divide", lambda function: function(0), "", (), ())
    monkeypatch.setattr("workbook.lessons.turn.turns_of", lambda _: {turn.name: turn})
    check_turn("99 divide", lambda number: 1 / number)
    assert capsys.readouterr().out == "Not yet: your code raised ZeroDivisionError: division by zero\n"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (lambda: "five", "it returned 'five', and the check can do nothing with that: ValueError: invalid literal"),
        ("five", "the check can do nothing with this: ValueError: invalid literal"),
        (lambda: int("six"), "your code raised ValueError: invalid literal"),
    ],
)
def test_what_the_check_raises_over_an_answer_is_not_blamed_on_code_that_raised_nothing(
    capsys, monkeypatch, value, told
):
    def check(given: object) -> None:
        int(given() if callable(given) else given)

    if callable(value):
        value.__name__ = "it"
    monkeypatch.setattr("workbook.lessons.turn.turns_of", lambda _: {"99 it": Turn("99 it", check, "", (), ())})
    check_turn("99 it", value)
    assert capsys.readouterr().out.startswith(f"Not yet: {told}")


def call(_: int, value: object) -> None:
    if callable(value):
        value()


@pytest.mark.parametrize(
    "gap",
    [..., [1, ...], {"a": ...}, "FROM ...", {"a": ["x", "..."]}, lambda: ..., lambda: ... + 1, lambda: 1 / float(...)],
)
def test_a_gap_is_seen_wherever_it_is_left(capsys, monkeypatch, gap):
    monkeypatch.setattr("workbook.lessons.turn.turns_of", lambda _: {"99 it": Turn("99 it", call, "", (), ())})
    check_turn("99 it", 1, gap)
    assert capsys.readouterr().out == f"Your turn: {NOT_FILLED}\n"


def test_dots_that_belong_to_the_answer_are_no_gap(capsys, monkeypatch):
    monkeypatch.setattr("workbook.lessons.turn.turns_of", lambda _: {"99 it": Turn("99 it", call, "Yes.", (), ())})
    check_turn("99 it", 1, lambda: np.zeros((2, 3))[..., np.newaxis])
    assert capsys.readouterr().out == "Right. Yes.\n"


@pytest.mark.parametrize("name", ["98 none", "01 none", ""])
def test_a_turn_that_there_is_not_is_told(name):
    with pytest.raises(UserError, match="turn"):
        check_turn(name)
