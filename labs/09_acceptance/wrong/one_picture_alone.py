"""Holds the first picture alone against the first of the batch, and no other.

Rejected by: test_one_answer_for_all_is_found
"""

import numpy as np

from pipeline.acceptance import NEWEST, SCORE_TOLERANCE, classify


def check_batches(url, images):
    together = classify(url, NEWEST, images)[1]
    for _ in range(2):
        alone = classify(url, NEWEST, images[:1])[1]
        assert np.abs(alone[0] - together[0]).max() <= SCORE_TOLERANCE, "alone, it gets other scores"
