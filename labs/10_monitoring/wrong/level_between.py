"""Lets NumPy interpolate between two streams: the level is none of the scores.

Rejected by: test_the_level_lets_just_so_many_streams_exceed_it
"""

import numpy as np


def alarm_level(scores, false_alarms):
    if len(scores) * false_alarms < 1 - 1e-9:
        raise ValueError("too few streams")
    return float(np.quantile(scores.max(axis=1), 1 - false_alarms))
