"""Looks at the textbook's p-value after each pair, and stops when it is low: peeking.

Rejected by: test_of_a_thousand_without_a_difference_few_stop
"""

import numpy as np


def first_alarm(right_a, right_b, alpha=0.05):
    from scipy.special import ndtr

    a, b = np.asarray(right_a, bool), np.asarray(right_b, bool)
    wins, losses = (b & ~a).cumsum(), (a & ~b).cumsum()
    flips = np.maximum(wins + losses, 1)
    low = 2 * ndtr(-abs(wins - losses) / np.sqrt(flips)) < alpha
    stops = np.flatnonzero(low & (flips >= 10))
    return int(stops[0]) + 1 if stops.size else None
