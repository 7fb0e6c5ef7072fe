"""Adds up what was unusual since the beginning: a longer stream has a higher score, with trouble or without.

Rejected by: test_the_alarm_comes_sooner_than_the_naive_ones
"""

import numpy as np


def drift_score(reference, seen):
    unusual = np.abs(seen - reference.mean(axis=0)) > 1.5 * reference.std(axis=0)
    return float(unusual.sum())
