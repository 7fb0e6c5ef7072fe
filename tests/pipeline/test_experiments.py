"""The statistics of experiments: known values, what holds for all numbers, and error rates over many experiments."""

from __future__ import annotations

import math
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from pipeline.experiments.planning import power_at, sample_size
from pipeline.experiments.replay import draw, p_values, stops
from pipeline.experiments.sequential import CAUTION, evidence, first_alarm
from pipeline.experiments.verdicts import paired_p, sample_ratio_p, unpaired_p
from tests.conftest import ROOT

ACCURACY = st.floats(0.01, 0.99)
COUNT = st.integers(0, 3000)
EXPERIMENTS = 2000


def pictures(accuracy: float) -> np.ndarray:
    """A thousand answers, so many of which are right."""
    return np.arange(1000) < 1000 * accuracy


def test_the_sample_size_is_that_of_the_textbook():
    # Fleiss, Levin and Paik (2003), table A.4, without their correction: 0.6 against 0.7, power 0.8, two-sided 0.05.
    assert sample_size(0.6, 0.7) == 356
    assert sample_size(0.8921, 0.9179) == 2027
    assert sample_size(0.8921, 0.9179, power=0.9) == 2713
    assert sample_size(0.8921, 0.9179, alpha=0.01) == 3016


@given(ACCURACY, ACCURACY, st.floats(0.2, 0.99), st.floats(0.001, 0.15))
def test_with_the_sample_size_the_power_is_reached_and_with_one_answer_less_it_is_not(base, better, power, alpha):
    assume(abs(base - better) > 0.002)
    size = sample_size(base, better, power, alpha)
    assert power_at(size, base, better, alpha) >= power - 1e-9
    assert size == 1 or power_at(size - 1, base, better, alpha) < power
    assert (
        size
        == sample_size(better, base, power, alpha)
        == pytest.approx(sample_size(1 - base, 1 - better, power, alpha), abs=1)
    )


@pytest.mark.parametrize(("base", "better"), [(0.9, 0.9), (0, 0.5), (0.5, 1), (-1, 0.5), (math.nan, 0.5)])
def test_accuracies_that_no_sample_tells_apart_are_refused(base, better):
    with pytest.raises(ValueError, match="expected two accuracies between 0 and 1"):
        sample_size(base, better)


@pytest.mark.parametrize(("power", "alpha"), [(0.8, 0), (0.8, 0.8), (1, 0.05), (0.04, 0.05)])
def test_a_power_or_an_alpha_that_cannot_be_is_refused(power, alpha):
    with pytest.raises(ValueError, match="expected 0 < alpha < power < 1"):
        sample_size(0.8, 0.9, power, alpha)


@given(COUNT, COUNT, st.integers(1, 3000), st.integers(1, 3000))
def test_the_unpaired_test_is_the_chi_square_test_of_the_table_without_a_correction(right_a, right_b, more_a, more_b):
    p = unpaired_p(right_a, right_a + more_a, right_b, right_b + more_b)
    if right_a + right_b == 0:
        assert p == 1
    else:
        table = [[right_a, more_a], [right_b, more_b]]
        assert p == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, rel=1e-6, abs=1e-12)


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_paired_test_counts_the_coins_that_fall_as_far_from_the_middle(only_a, only_b):
    flips, fewer = only_a + only_b, min(only_a, only_b)
    tail = sum(math.comb(flips, k) for k in range(fewer + 1)) / 2**flips
    assert paired_p(only_a, only_b) == paired_p(only_b, only_a) == pytest.approx(min(1, 2 * tail), rel=1e-9)


def test_a_sample_ratio_mismatch_is_told_from_chance():
    assert sample_ratio_p([5000, 5100], [0.5, 0.5]) > 0.3
    assert sample_ratio_p([5000, 5400], [0.5, 0.5]) < 0.001
    assert sample_ratio_p([9000, 1000], [0.9, 0.1]) == 1
    assert sample_ratio_p([900, 0], [0.9, 0.1]) < 0.001
    for counts, shares in (([1, 2], [0.5, 0.6]), ([1, 2], [1.0]), ([1, 2], [1, 0]), ([0, 0], [0.5, 0.5])):
        with pytest.raises(ValueError, match=r"expected a share above 0 for each|nobody has come"):
            sample_ratio_p(counts, shares)


@given(st.lists(st.booleans(), max_size=60))
def test_the_evidence_is_what_betting_on_the_share_so_far_makes_of_1(flips):
    money, wins, losses = 1.0, CAUTION, CAUTION
    for win in flips:
        money *= 2 * (wins if win else losses) / (wins + losses)
        wins, losses = wins + win, losses + (not win)
    ours = evidence(sum(flips), len(flips) - sum(flips))
    assert ours == pytest.approx(math.log(money), abs=1e-9)


@given(st.integers(0, 12))
def test_the_evidence_is_1_on_average_over_all_that_a_fair_coin_can_do(flips):
    wins = np.arange(flips + 1)
    chances = stats.binom.pmf(wins, flips, 0.5)
    assert (chances * np.exp(evidence(wins, flips - wins))).sum() == pytest.approx(1)


def test_the_evidence_does_not_overflow():
    assert evidence(6_000_000, 4_000_000) > 100_000
    assert np.isfinite(evidence(10**9, 0))


def test_the_test_stops_at_the_first_pair_that_has_brought_enough():
    b, a = np.ones(50, bool), np.zeros(50, bool)
    at = first_alarm(a, b)
    assert evidence(at, 0) >= math.log(20) > evidence(at - 1, 0)
    assert first_alarm(b, a) == at
    assert first_alarm(a, b, alpha=0.01) > at
    assert first_alarm(b, b) is first_alarm(a[: at - 1], b[: at - 1]) is first_alarm(a[:0], b[:0]) is None
    said_nothing = np.zeros(7, bool)
    later = np.append(said_nothing, a).astype(float), np.append(said_nothing, b).astype(int)
    assert first_alarm(*later) == at + 7


def test_one_look_errs_as_often_as_it_says_peeking_far_more_often_and_the_sequential_test_seldom():
    same = draw(pictures(0.892), pictures(0.892), (EXPERIMENTS, 2000), seed=1)
    found = p_values(same, np.arange(100, 2001, 100)) < 0.05
    assert stats.binomtest(int(found[:, -1].sum()), EXPERIMENTS, 0.05).pvalue > 0.001
    assert found.any(axis=1).mean() > 0.2
    assert 0 < (stops(same) > 0).mean() < 0.05


def test_the_planned_size_finds_the_difference_as_often_as_planned():
    size = sample_size(0.892, 0.918)
    apart = draw(pictures(0.892), pictures(0.918), (EXPERIMENTS, size), seed=2)
    found = int((p_values(apart, np.array([size])) < 0.05).sum())
    assert stats.binomtest(found, EXPERIMENTS, 0.8).pvalue > 0.001
    at = stops(apart)
    assert 0.45 < (at > 0).mean() < 0.7
    some = [first_alarm(a, b) or 0 for a, b in zip(apart.a[::90], apart.b[::90], strict=True)]
    assert some == at[::90].tolist()


def test_a_look_sees_the_answers_up_to_its_number():
    answers = draw(pictures(0.3), pictures(0.6), (2, 50), seed=5)
    for look, p in zip((1, 20, 50), p_values(answers, np.array([1, 20, 50])).T, strict=True):
        right_a, right_b = answers.a[:, :look].sum(axis=1), answers.b[:, :look].sum(axis=1)
        np.testing.assert_allclose(p, unpaired_p(right_a, look, right_b, look))


def test_a_pair_answers_the_same_picture():
    right = pictures(0.5)
    both = draw(right, ~right, (3, 400), seed=3, paired=True)
    np.testing.assert_array_equal(both.a, ~both.b)
    alone = draw(right, right, (3, 400), seed=3)
    assert 0.3 < (alone.a == alone.b).mean() < 0.7


def test_the_command_prints_each_rate_with_its_interval(data):
    command = [sys.executable, "-m", "pipeline.experiments", "--experiments", "300"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    rates = dict(re.findall(r"^(.+?) (0\.\d+|1\.000) \[", printed, re.MULTILINE))
    rates = {name.partition(":")[0]: float(rate) for name, rate in rates.items()}
    assert rates["A/A, one look at the end"] < 0.1 < rates["A/A, 21 looks, stopped at the first win"]
    assert rates["A/A, sequential test, a look after each answer"] < 0.06
    assert rates["A/B, one look at the end"] == pytest.approx(0.8, abs=0.08)
    assert rates["paired, 1,050 pictures for both, one look"] == pytest.approx(0.8, abs=0.08)
    assert "planned: 2,027 answers" in printed
