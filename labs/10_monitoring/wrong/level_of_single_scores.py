"""Takes the share of all scores in place of the share of streams: of many scores each, nearly every stream exceeds it.

Rejected by: test_the_level_lets_just_so_many_streams_exceed_it
"""

import numpy as np


def alarm_level(scores, false_alarms):
    if len(scores) * false_alarms < 1:
        raise ValueError("too few streams")
    return float(np.quantile(scores, 1 - false_alarms))
