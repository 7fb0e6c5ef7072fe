"""The figures of a load are what its rows say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook.load.answers import Answers, in_the_system, knee
from workbook.load.loops import poisson

ANSWERS = Answers(
    due=np.array([0.0, 0.5, 1.0]),
    sent=np.array([0.0, 1.0, 2.0]),
    done=np.array([1.0, 2.0, 4.0]),
    status=np.array([200, 503, 201]),
    seconds=4.0,
)


def test_a_user_waits_from_when_the_request_was_due():
    np.testing.assert_array_equal(ANSWERS.waited, [1, 1.5, 3])
    np.testing.assert_array_equal(ANSWERS.served, [1, 1, 2])


def test_only_good_answers_count_for_the_rate():
    assert ANSWERS.rate == 0.5


def test_who_is_due_is_waiting_until_the_answer():
    np.testing.assert_array_equal(ANSWERS.waiting(np.array([0.0, 0.7, 1.0, 3.9, 4.0])), [1, 2, 2, 1, 0])


def test_littles_law_holds_for_the_rows_of_a_whole_load():
    moments = np.linspace(0, ANSWERS.seconds, 4000, endpoint=False)
    rate = len(ANSWERS.due) / ANSWERS.seconds
    measured = ANSWERS.waiting(moments).mean()
    assert measured == pytest.approx(in_the_system(rate, ANSWERS.waited.mean()), abs=0.01)


@pytest.mark.parametrize(("rates", "expected"), [([10, 19, 21, 20], 2), ([10, 20, 40, 80], 8), ([50, 40, 30, 20], 1)])
def test_beyond_the_knee_more_clients_get_no_more(rates, expected):
    assert knee(np.array([1, 2, 4, 8]), np.array(rates)) == expected


@given(st.floats(1, 2000), st.floats(0.1, 3), st.integers(0, 99))
def test_people_who_know_nothing_of_each_other_come_in_order_and_as_often_as_said(rate, seconds, seed):
    moments = poisson(rate, seconds, seed)
    assert (np.diff(moments) > 0).all()
    assert ((moments > 0) & (moments < seconds)).all()
    assert abs(len(moments) - rate * seconds) < 6 * (rate * seconds) ** 0.5 + 6
    np.testing.assert_array_equal(moments, poisson(rate, seconds, seed))


def test_the_gaps_between_them_are_exponential():
    gaps = np.diff(poisson(1000, 20, seed=1))
    assert gaps.mean() == pytest.approx(1e-3, rel=0.05)
    assert gaps.std() == pytest.approx(gaps.mean(), rel=0.05)
