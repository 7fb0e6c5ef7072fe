"""Compares with 20, whatever alpha is asked for.

Rejected by: test_the_alpha_is_heard
"""

import numpy as np

from pipeline.experiments.sequential import running_evidence


def first_alarm(right_a, right_b, alpha=0.05):
    stops = np.flatnonzero(running_evidence(right_a, right_b) >= np.log(20))
    return int(stops[0]) + 1 if stops.size else None
