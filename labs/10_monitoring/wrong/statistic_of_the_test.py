"""Multiplies by the root of the numbers' count, as the test does for its p-value: that is no distance, it grows with n.

Rejected by: test_the_distance_is_that_of_kolmogorov_and_smirnov
"""

import numpy as np


def distance_of_values(reference, window):
    values = np.concatenate([reference, window])
    of_reference = np.searchsorted(reference, values, side="right") / len(reference)
    of_window = np.searchsorted(np.sort(window), values, side="right") / len(window)
    return float(np.abs(of_reference - of_window).max() * np.sqrt(len(window)))
