"""What a student is told of a failure: what was sent, expected and got, and nothing of how it is checked."""

from __future__ import annotations

import io
import re
from functools import cache

import numpy as np
import pytest
from rich.console import Console

from tests.labs.answers import LABS, checked, each_lab, instead
from tests.labs.classroom import LAB
from workbook.labs.authoring.starter import answer_of
from workbook.labs.checks.assertions import shown
from workbook.labs.checks.results import Report, Result, State
from workbook.labs.checks.terminal_view import explanation

# Of the checks' own code, or Python's words for what a value of another kind does to it.
INSIDE = re.compile(r"driver|runner|cannot be sent|np\.|has no attribute|cannot reshape|not subscriptable|compare")
WITH_CODE = [lab for lab in LABS if any(reference.endswith(".py") for reference in lab.references)]
LINES = {
    "nothing": "return None",
    "a list": "return []",
    "a generator": "return (one for one in ())",
    "a number": "return 7",
    "an exception": 'raise RuntimeError("mine")',
}


@pytest.fixture(params=each_lab(WITH_CODE))
def lab(request):
    return request.param


@cache
def failed(name: str, what: str) -> Report:
    """Of an answer to this lab whose functions are all of this one line."""
    (lab,) = (lab for lab in WITH_CODE if lab.name == name)
    return checked(lab, instead(lab, lab.tasks, LINES[what]))


@pytest.mark.parametrize("what", LINES)
def test_whatever_comes_back_is_said_and_nothing_of_the_inside(lab, what):
    report = failed(lab.name, what)
    assert {result.task for result in report.failures} == {task.number for task in lab.tasks}
    for result in report.explained:
        assert result.state is State.FAILED, result
        assert all((result.sent, result.expected, result.got)), result
        for text in (result.sent, result.expected, result.got):
            assert not INSIDE.search(text), result
        assert "driver" not in result.traceback and "runner" not in result.traceback, result


def of_code(lab, report: Report) -> list[Result]:
    """What is explained of the tasks that are functions; nothing of a YAML file returns or raises."""
    return [result for result in report.explained if lab.tasks[result.task - 1].reference.endswith(".py")]


def test_what_was_raised_is_said_with_its_place_and_no_other_cause(lab):
    for result in of_code(lab, failed(lab.name, "an exception")):
        assert re.search(r"RuntimeError: mine \(\w+\.py, line \d+, in \w+\)", result.got), result
        assert result.likely == "", result


def test_a_forgotten_return_is_said_and_has_no_other_cause(lab):
    found = of_code(lab, failed(lab.name, "nothing"))
    assert any("Is a `return` missing?" in result.got for result in found)
    assert [result for result in found if "None" in result.got and result.likely] == []


def told(line: str, task: int = 1) -> dict[str, Result]:
    """What is said of lab 04 where a task is done by this line, by the name of the check."""
    report = checked(LAB, instead(LAB, [LAB.tasks[task - 1]], line), task=task)
    return {result.name: result for result in report.failures}


@pytest.mark.parametrize(
    ("divisor", "unscaled", "typed_in"), [("1", True, False), ("256", False, False), ("255", False, True)]
)
def test_a_likely_cause_is_told_for_what_it_was_written_for_alone(divisor, unscaled, typed_in):
    found = told(f"return (pixels / np.float32({divisor})).astype(np.float32)[..., np.newaxis]")
    assert bool(found["test_the_range_is_the_models_own"].likely) == typed_in
    if divisor != "255":
        assert bool(found["test_pixels_are_scaled"].likely) == unscaled


def test_a_value_of_another_kind_or_shape_is_called_so():
    found = told("return (pixels / high).tolist()").values()
    assert all(result.got.startswith("a list and not a NumPy array: [[[") for result in found)
    for result in told("return np.zeros((3, 5), np.float32)").values():
        assert "a number for each of" in result.expected
        assert "an array of shape (3, 5)" in result.got
        assert not result.likely


def test_a_status_says_what_is_missing():
    no_post = 'app.get("/models/<name>/v<int:version>")(lambda name, version: {})'
    found = told(no_post, task=4)
    assert found["test_lists_what_the_repository_has"].got.startswith("status 404, no route for this address")
    assert found["test_classifies_an_image"].got.startswith("status 405, a route without this method")
    assert not found["test_classifies_an_image"].likely
    assert found["test_info_comes_from_the_model"].likely  # it was answered, and wrongly


def test_numbers_are_written_as_people_write_them():
    client = next(lab for lab in LABS if lab.number == "05")
    report = checked(client, answer_of(client, client.folder / "wrong" / "stretched.py"), task=4)
    assert "white, 28x28" in {result.got for result in report.failures}
    assert shown((np.int64(28), [np.float32(0.5)], np.array(3))) == "(28, [0.5], 3)"


def test_arrays_are_one_line_alone_or_in_a_pair():
    assert shown((1, np.zeros((5, 5)))) == "(1, an array of shape (5, 5), float64, from 0.0 to 0.0)"
    assert shown({"a": [np.zeros(11)]}) == "{'a': [an array of shape (11,), float64, from 0.0 to 0.0]}"
    assert "\n" not in shown(np.eye(2))


@pytest.mark.parametrize(
    ("line", "said"), [('print("x" * 2**25)', "more than 16 MB were"), ("raise MemoryError", "more memory than")]
)
def test_a_limit_is_said_in_words(line, said):
    assert all(said in result.got for result in told(line).values())


def test_what_is_over_a_budget_is_called_so():
    small = next(lab for lab in LABS if lab.number == "12")
    report = checked(small, instead(small, small.tasks[2:3], "return {layer: 8 for layer in sizes}"), task=3)
    (found,) = [result for result in report.failures if result.name == "test_it_is_the_least_harm_that_fits"]
    assert found.got.endswith("44,190 bytes, which is more than 20,000")
    assert not found.likely


def test_a_long_title_is_shown_whole_in_a_narrow_terminal():
    title = "0.6 against 0.7 takes 356 answers for each version; v1 against v2 takes 2,027"
    result = Result("test_it", title, task=1, state=State.FAILED, points=1, sent="0.6, 0.7", expected="356", got="7")
    printed = io.StringIO()
    Console(file=printed, width=60).print(explanation(LAB, result))
    assert title in re.sub(r"[│\s]+", " ", printed.getvalue())
