"""Looks once, at the end: then it might as well be the textbook's test.

Rejected by: test_it_stops_at_the_first_pair_that_is_enough
"""

import numpy as np

from pipeline.experiments.sequential import running_evidence


def first_alarm(right_a, right_b, alpha=0.05):
    log_evidence = running_evidence(right_a, right_b)
    return len(log_evidence) if len(log_evidence) and log_evidence[-1] >= -np.log(alpha) else None
