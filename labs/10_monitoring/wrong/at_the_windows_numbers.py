"""Compares the shares only at the numbers of the window, and misses what the reference does between them.

Rejected by: test_the_distance_is_that_of_kolmogorov_and_smirnov
"""

import numpy as np


def distance_of_values(reference, window):
    values = np.sort(window)
    of_reference = np.searchsorted(reference, values, side="right") / len(reference)
    of_window = np.arange(1, len(values) + 1) / len(values)
    return float(np.abs(of_reference - of_window).max())
