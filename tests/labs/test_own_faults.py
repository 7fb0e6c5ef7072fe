"""A fault costs the points of its own task: for the checks of the others, the reference stands in for what is wrong."""

from __future__ import annotations

import pytest

from tests.labs.answers import LABS, checked, instead, marks_of
from tests.labs.classroom import LAB, REFERENCE
from workbook.labs.authoring.starter import answer_of
from workbook.labs.checks.results import Report, State

TASKS = [
    pytest.param(lab, task, id=f"{lab.name}-{task.number}", marks=marks_of(lab)) for lab in LABS for task in lab.tasks
]
UNSCALED = answer_of(LAB, LAB.folder / "wrong" / "unscaled.py")


def lost(report: Report) -> set[int]:
    return {result.task for result in report.failures}


@pytest.mark.parametrize(("lab", "task"), TASKS)
def test_an_answer_that_only_fails_costs_its_own_task(lab, task):
    report = checked(lab, instead(lab, [task], 'raise RuntimeError("mine")'))
    assert lost(report) == {task.number}, [result.got for result in report.failures]


def test_a_slip_in_the_first_task_leaves_the_points_of_those_that_build_on_it():
    report = checked(LAB, UNSCALED)
    assert lost(report) == {1}
    assert report.notes == ("Task 4: checked with the course's own code instead of yours for task 1.",)


def test_one_task_alone_is_checked_as_among_all():
    report = checked(LAB, UNSCALED, task=4)
    assert {result.task for result in report.results} == {4}
    assert report.failures == ()


def test_what_is_wrong_in_a_later_task_as_well_is_found_and_said():
    """And not what the first one makes of it."""
    typed_in = answer_of(LAB, LAB.folder / "wrong" / "typed_in.py")
    report = checked(LAB, {**typed_in, "preprocessing.py": UNSCALED["preprocessing.py"]})
    assert lost(report) == {1, 4}
    (found,) = [result for result in report.failures if result.task == 4]
    assert found.name == "test_info_comes_from_the_model"
    assert "133280" in found.got


def test_a_task_that_is_done_before_another_gets_its_points():
    report = checked(LAB, {**REFERENCE, **instead(LAB, LAB.tasks[:1], 'raise NotImplementedError("Task 1: later")')})
    assert {result.task: result.state for result in report.failures} == {1: State.TODO}


def test_a_fault_that_lies_between_two_tasks_is_nobodys_gift():
    """Beside the reference each of the two would pass."""
    routes = REFERENCE["routes.py"].replace(
        "for name in repository.names()]", 'for name in repository.names() if not hasattr(add_error_answers, "own")]'
    )
    routes = routes.replace(
        "    def as_json", '    if hasattr(add_model_routes, "own"):\n        return\n\n    def as_json'
    )
    own = "\n\nadd_model_routes.own = add_error_answers.own = True\n"
    assert lost(checked(LAB, {**REFERENCE, "routes.py": routes + own})) == {4, 5}
