"""The score of a stream, and the level at which it raises the alarm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.drift.stream import WINDOW, alarm_level, drift_score

REFERENCE = np.random.default_rng(0).normal(size=(500, 8))
SCORES = arrays(np.float64, st.tuples(st.integers(10, 40), st.integers(1, 5)), elements=st.integers(-9, 9))


def test_the_score_rises_when_any_statistic_changes_and_falls_when_it_is_as_before():
    calm = np.random.default_rng(1).normal(size=(WINDOW, 8))
    for column in range(8):
        troubled = calm.copy()
        troubled[:, column] += 2
        assert drift_score(REFERENCE, np.concatenate([calm, troubled])) > 2 * drift_score(REFERENCE, calm)
        assert drift_score(REFERENCE, np.concatenate([troubled, calm])) == drift_score(REFERENCE, calm)


def test_of_a_stream_that_is_too_short_there_is_no_score():
    assert drift_score(REFERENCE, REFERENCE[: WINDOW - 1] + 9) == 0


@given(SCORES, st.sampled_from([0.1, 0.2, 0.29]))
def test_the_level_is_the_lowest_that_no_more_streams_exceed_than_may(scores, share):
    def exceeding(level: float) -> int:
        return int((scores.max(axis=1) > level).sum())

    level = alarm_level(scores, share)
    assert exceeding(level) <= len(scores) * share + 1e-9
    lower = scores[scores < level]
    assert lower.size == 0 or exceeding(lower.max()) > len(scores) * share + 1e-9


def test_of_a_hundred_streams_twenty_nine_are_a_share_of_029():
    assert alarm_level(np.arange(100.0)[:, None], 0.29) == 70


def test_too_few_streams_are_refused():
    with pytest.raises(ValueError, match=r"9 streams are too few for a share of 0\.1; take more"):
        alarm_level(np.zeros((9, 3)), 0.1)
