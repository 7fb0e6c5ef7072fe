"""Counts what is below x in one list, and what is x or below in the other.

Rejected by: test_numbers_that_come_more_than_once
"""

import numpy as np


def distance_of_values(reference, window):
    values = np.concatenate([reference, window])
    of_reference = np.searchsorted(reference, values, side="left") / len(reference)
    of_window = np.searchsorted(np.sort(window), values, side="right") / len(window)
    return float(np.abs(of_reference - of_window).max())
