"""Compares the logarithm of the evidence with 1 / alpha itself: it waits for 485 million instead of 20.

Rejected by: test_of_a_thousand_with_a_difference_most_stop, test_it_stops_at_the_first_pair_that_is_enough
"""

import numpy as np

from pipeline.experiments.sequential import running_evidence


def first_alarm(right_a, right_b, alpha=0.05):
    stops = np.flatnonzero(running_evidence(right_a, right_b) >= 1 / alpha)
    return int(stops[0]) + 1 if stops.size else None
