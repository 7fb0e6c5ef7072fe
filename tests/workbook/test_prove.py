"""What the course promises: the list names tests that are there, and the command says which of them fail."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from rich.console import Console

from tests.conftest import ROOT
from tests.workbook.test_cli import workbook
from workbook.errors import UserError
from workbook.prove import choose, promises_of, show

PROMISES = promises_of(ROOT)
TESTS = ROOT / "tests"


@pytest.mark.parametrize("promise", PROMISES, ids=[promise.name for promise in PROMISES])
def test_the_test_that_keeps_it_is_there(promise):
    file, _, function = promise.test.partition("::")
    assert (TESTS / file).is_file(), f"tests/promises.toml: {promise.name} names a file that is gone"
    module = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    there = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
    assert function in there, f"tests/promises.toml: {promise.name} names a test that is gone"


def test_no_two_promises_have_one_name():
    assert len({promise.name for promise in PROMISES}) == len(PROMISES)


def test_each_folder_of_tests_keeps_a_promise():
    folders = {path.parent for path in TESTS.rglob("test_*.py")}
    keeping = {(TESTS / promise.test.partition("::")[0]).parent for promise in PROMISES}
    assert {folder.relative_to(ROOT).as_posix() for folder in folders - keeping} == set()


@pytest.fixture
def small(course: Path) -> Path:
    """A course with three promises, of which one is kept."""
    (course / "tests").mkdir()
    tests = "import pytest\ndef test_a(): pass\ndef test_b(): assert 1 == 2\ndef test_c(): pytest.skip('no moon')\n"
    (course / "tests" / "test_it.py").write_text(tests)
    lines = [f'{name} = ["It does {name}", "test_it.py::test_{name}"]' for name in "abc"]
    (course / "tests" / "promises.toml").write_text("\n".join(["[student]", *lines]))
    (course / "pytest.ini").write_text("[pytest]\naddopts = -ra\n")
    return course


def test_each_is_tried_and_what_is_broken_shown(small):
    tried = workbook("prove", "--run")
    assert tried.returncode == 1
    for words in ("kept: a: It does a", "BROKEN: b: It does b", "assert 1 == 2", "not tried here: c: ", "no moon"):
        assert words in tried.stdout


def test_they_are_listed_by_whom_they_are_for(small):
    console = Console(record=True, width=100)
    show(promises_of(small), console)
    text = console.export_text()
    assert all(words in text for words in ("To the student", "It does b", "test_it.py::test_b"))


def test_those_that_are_named_are_chosen():
    assert [promise.name for promise in choose(PROMISES, ["no-5xx"])] == ["no-5xx"]
    assert choose(PROMISES, []) == PROMISES
    with pytest.raises(UserError, match="no promise is called no-6xx"):
        choose(PROMISES, ["no-5xx", "no-6xx"])


def test_without_the_tests_it_says_what_to_do(course):
    with pytest.raises(UserError, match="with its tests"):
        promises_of(course)
