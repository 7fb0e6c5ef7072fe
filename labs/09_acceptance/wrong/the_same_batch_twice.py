"""Sends the same batch twice: a wrong order is the same wrong order again.

Rejected by: test_one_answer_for_all_is_found, test_a_reversed_batch_is_found
"""

import numpy as np

from pipeline.acceptance import NEWEST, SCORE_TOLERANCE, classify


def check_batches(url, images):
    first, second = classify(url, NEWEST, images)[1], classify(url, NEWEST, images)[1]
    assert np.abs(first - second).max() <= SCORE_TOLERANCE, "the second time, it gives other scores"
