"""Spends all of the budget on doubtful pictures: the test pictures among them are not like the rest.

Rejected by: test_the_other_half_is_like_the_rest
"""

import numpy as np


def choose_labels(scores, budget):
    two = np.sort(scores, axis=1)[:, -2:]
    return np.argsort(two[:, 1] - two[:, 0])[:budget]
