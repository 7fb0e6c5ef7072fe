"""Searches in the window as it came: only a sorted list can be searched.

Rejected by: test_the_distance_is_that_of_kolmogorov_and_smirnov
"""

import numpy as np


def distance_of_values(reference, window):
    values = np.concatenate([reference, window])
    of_reference = np.searchsorted(reference, values, side="right") / len(reference)
    of_window = np.searchsorted(window, values, side="right") / len(window)
    return float(np.abs(of_reference - of_window).max())
