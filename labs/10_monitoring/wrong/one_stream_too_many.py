"""Counts the stream at the level as one that exceeds it: one fewer may.

Rejected by: test_the_level_lets_just_so_many_streams_exceed_it
"""

import math

import numpy as np


def alarm_level(scores, false_alarms):
    allowed = math.floor(len(scores) * false_alarms + 1e-9)
    if allowed < 1:
        raise ValueError("too few streams")
    return float(np.sort(scores.max(axis=1))[len(scores) - allowed])
