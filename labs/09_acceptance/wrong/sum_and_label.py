"""Adds the scores up, and never asks whether one of them is below zero.

Rejected by: test_scores_that_are_no_shares_are_found
"""

import numpy as np

from pipeline.acceptance import MODEL, NEWEST, SUM_TOLERANCE, classify, get


def check_scores(url, images):
    labels, scores = classify(url, NEWEST, images)
    assert np.abs(scores.sum(axis=1) - 1).max() <= SUM_TOLERANCE, "the scores do not add up to one"
    classes = get(url, f"{MODEL}/v{NEWEST}")["classes"]
    assert [classes[best] for best in scores.argmax(axis=1)] == labels, "the labels are others"
