"""Looks at the scores, and not at what they say beside the labels.

Rejected by: test_shifted_scores_are_found
"""

import numpy as np

from pipeline.acceptance import NEWEST, SCORE_TOLERANCE, SUM_TOLERANCE, classify


def check_scores(url, images):
    _, scores = classify(url, NEWEST, images)
    assert scores.min() >= -SCORE_TOLERANCE and scores.max() <= 1 + SCORE_TOLERANCE, "scores out of range"
    assert np.abs(scores.sum(axis=1) - 1).max() <= SUM_TOLERANCE, "the scores do not add up to one"
