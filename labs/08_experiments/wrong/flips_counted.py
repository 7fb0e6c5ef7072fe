"""Counts only the pairs that differ, and not all those whose labels had to be paid for.

Rejected by: test_pairs_that_say_nothing_are_counted_too
"""

import numpy as np

from pipeline.experiments.sequential import running_evidence


def first_alarm(right_a, right_b, alpha=0.05):
    a, b = np.asarray(right_a, bool), np.asarray(right_b, bool)
    stops = np.flatnonzero(running_evidence(a[a != b], b[a != b]) >= -np.log(alpha))
    return int(stops[0]) + 1 if stops.size else None
