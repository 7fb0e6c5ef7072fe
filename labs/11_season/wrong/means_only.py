"""Compares means: the pictures differ more from one another, and the mean stays where it was.

Rejected by: test_each_change_raises_the_alarm
"""

import numpy as np


def detect(reference, window):
    error = reference.std(axis=0) * np.sqrt(1 / len(reference) + 1 / len(window))
    return bool((np.abs(window.mean(axis=0) - reference.mean(axis=0)) > 4.5 * error).any())
