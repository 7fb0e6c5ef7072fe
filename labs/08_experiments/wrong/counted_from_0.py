"""Gives the index of the pair, which is one less than its number.

Rejected by: test_it_stops_at_the_first_pair_that_is_enough
"""

import numpy as np

from pipeline.experiments.sequential import running_evidence


def first_alarm(right_a, right_b, alpha=0.05):
    stops = np.flatnonzero(running_evidence(right_a, right_b) >= -np.log(alpha))
    return int(stops[0]) if stops.size else None
