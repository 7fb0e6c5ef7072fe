"""Draws a level from as few streams as there are.

Rejected by: test_too_few_streams_are_refused
"""

import math

import numpy as np


def alarm_level(scores, false_alarms):
    allowed = math.floor(len(scores) * false_alarms + 1e-9)
    return float(np.sort(scores.max(axis=1))[len(scores) - 1 - allowed])
