"""Error budgets: how fast they are spent, and when somebody is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.slo import HOUR, MINUTE, PAGE, TICKET, Pair, budget_alarm, burn_rate

COUNTS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=30)


def page(failed: list[int], promised: float = 0.999) -> bool:
    """Whether this pages, where a hundred come each minute."""
    return budget_alarm(failed, [100] * len(failed), promised, PAGE, MINUTE)


def test_a_burn_rate_of_one_spends_the_budget_in_its_time():
    assert burn_rate(1, 1000, 0.999) == pytest.approx(1)
    assert burn_rate(144, 10_000, 0.999) == pytest.approx(14.4)
    assert burn_rate(0, 0, 0.999) == 0


@pytest.mark.parametrize("promised", [0, 1, 1.5, float("nan")])
def test_a_promise_that_leaves_no_budget_is_refused(promised):
    with pytest.raises(ValueError, match=r"take 0\.999, say"):
        burn_rate(1, 10, promised)


def test_the_alarm_asks_for_both_windows():
    clean, bad = [0] * 360, [2] * 60
    assert page(clean + bad), "2 % of an hour's requests"
    assert not page(clean + [100] * 0 + [20]), "a hiccup: the short window alone"
    assert not page(clean + bad + [0] * 5), "it is over: the long window alone"
    assert not page(clean)


def test_less_for_longer_is_a_page_and_least_for_longest_a_ticket():
    assert page([0] * 360 + [1] * 260), "1 % of over four hours"
    assert not page([0] * 360 + [1] * 60)
    slowly = [1 if minute % 8 == 0 else 0 for minute in range(72 * 60)]
    assert not page(slowly)
    assert budget_alarm(slowly, [100] * len(slowly), 0.999, TICKET, MINUTE)


def test_at_just_the_rate_there_is_no_alarm():
    assert not budget_alarm([1], [2], 0.5, (Pair(HOUR, MINUTE, 1),), MINUTE)


def test_a_window_shorter_than_an_interval_is_that_interval():
    assert not budget_alarm([9, 0], [10, 10], 0.9, (Pair(HOUR, MINUTE, 1),), 10 * MINUTE)


@given(COUNTS, COUNTS)
def test_what_came_before_the_longest_window_does_not_count(before, counts):
    pair = (Pair(30 * MINUTE, MINUTE, 2.0),)
    counts += [(0, 0)] * (30 - len(counts))
    old, new = ([list(column) for column in zip(*rows, strict=True)] for rows in (before + counts, counts))
    assert budget_alarm(*old, 0.9, pair, MINUTE) == budget_alarm(*new, 0.9, pair, MINUTE)
