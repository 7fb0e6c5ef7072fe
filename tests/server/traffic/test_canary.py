"""How far a canary has come, by its rules, on a clock that the test moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.traffic.canary import ARRIVED, GROWING, ROLLED_BACK, CanaryState
from server.traffic.policy import CanarySteps

PLAN = CanarySteps((0.1, 0.5, 1.0), hold_requests=20, hold_seconds=60, error_budget=0.1, at_least=10, slower_than_ms=50)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def canary(clock) -> CanaryState:
    return CanaryState(PLAN, clock)


def answers(canary: CanaryState, good: int = 0, failed: int = 0) -> list[bool]:
    return [canary.record(fault, 0.01) for fault in [False] * good + [True] * failed]


def test_it_begins_at_the_first_step(canary):
    assert (canary.share, canary.phase, canary.why) == (0.1, GROWING, "it has just begun")


def test_a_step_is_held_for_so_many_answers_and_so_many_seconds(canary, clock):
    answers(canary, good=30)
    assert canary.share == 0.1
    clock.now += 60
    assert answers(canary, good=1) == [True]
    assert canary.share == 0.5
    clock.now += 60
    answers(canary, good=19)
    assert canary.share == 0.5
    assert answers(canary, good=1) == [True]
    assert (canary.share, canary.phase) == (1.0, GROWING)


def test_after_the_last_step_it_has_arrived_and_is_still_judged(canary, clock):
    for _ in range(3):
        clock.now += 60
        answers(canary, good=20)
    assert (canary.share, canary.phase) == (1.0, ARRIVED)
    answers(canary, good=5, failed=5)
    assert (canary.share, canary.phase) == (0.0, ROLLED_BACK)


def test_above_its_budget_it_goes_back_to_nothing_and_stays_there(canary, clock):
    assert answers(canary, good=18, failed=2) == [False] * 20
    assert answers(canary, failed=1) == [True]
    assert canary.why == "at the share 0.1, 3 of 21 answers had failed: more than the budget of 0.1"
    clock.now += 1000
    assert answers(canary, good=100) == [False] * 100
    assert (canary.share, canary.phase) == (0.0, ROLLED_BACK)


def test_before_enough_answers_nothing_is_judged(canary):
    assert answers(canary, failed=9) == [False] * 9
    assert answers(canary, failed=1) == [True]


def test_what_fails_at_one_step_is_not_counted_at_the_next(canary, clock):
    clock.now += 60
    answers(canary, good=18, failed=2)
    assert canary.share == 0.5
    answers(canary, good=9, failed=1)
    assert canary.phase == GROWING


def test_a_slow_answer_counts_as_failed(canary):
    for _ in range(10):
        canary.record(False, 0.051)
    assert canary.phase == ROLLED_BACK


def test_what_people_see_says_where_it_is(canary, clock):
    clock.now += 2.5
    answers(canary, good=3, failed=1)
    assert canary.as_dict() == {
        "state": "growing", "share": 0.1, "step": 1, "steps": [0.1, 0.5, 1.0], "asked_at_this_step": 4,
        "failed_at_this_step": 1, "error_budget": 0.1, "seconds_at_this_step": 2.5, "why": "it has just begun",
    }  # fmt: skip


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 0.1), st.floats(0, 30)), max_size=200))
def test_whatever_comes_the_share_is_one_of_the_plan_and_never_shrinks_but_to_nothing(events):
    clock = Clock()
    canary, before = CanaryState(PLAN, clock), 0.1
    for failed, seconds, passed in events:
        clock.now += passed
        changed = canary.record(failed, seconds)
        assert changed == (canary.share != before)
        assert canary.share in (0.0, *PLAN.steps)
        assert canary.share >= before or canary.phase == ROLLED_BACK
        before = canary.share
