"""Raises an alarm only if B is ahead.

Rejected by: test_either_version_may_be_the_better_one
"""

import numpy as np

from pipeline.experiments.sequential import running_evidence


def first_alarm(right_a, right_b, alpha=0.05):
    a, b = np.asarray(right_a, bool), np.asarray(right_b, bool)
    ahead = b.cumsum() > a.cumsum()
    stops = np.flatnonzero((running_evidence(a, b) >= -np.log(alpha)) & ahead)
    return int(stops[0]) + 1 if stops.size else None
