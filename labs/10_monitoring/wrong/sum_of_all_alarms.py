"""Adds up what was unusual since the beginning: a longer stream has a higher score, with trouble or without.

Rejected by: test_each_trouble_is_seen
"""

import numpy as np


def drift_score(reference, seen):
    unusual = np.abs(seen - reference.mean(axis=0)) > 1.5 * reference.std(axis=0)
    return float(unusual.sum())
