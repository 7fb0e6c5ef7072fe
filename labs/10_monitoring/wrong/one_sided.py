"""Looks only at where the window has the larger share: a window that is higher is no distance away.

Rejected by: test_a_window_below_is_as_far_as_one_above
"""

import numpy as np


def distance_of_values(reference, window):
    values = np.concatenate([reference, window])
    of_reference = np.searchsorted(reference, values, side="right") / len(reference)
    of_window = np.searchsorted(np.sort(window), values, side="right") / len(window)
    return float((of_window - of_reference).max())
