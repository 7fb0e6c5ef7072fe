"""Gives the pair with the most evidence, long after the test should have stopped.

Rejected by: test_it_stops_at_the_first_pair_that_is_enough
"""

import numpy as np

from pipeline.experiments.sequential import running_evidence


def first_alarm(right_a, right_b, alpha=0.05):
    log_evidence = running_evidence(right_a, right_b)
    if not len(log_evidence) or log_evidence.max() < -np.log(alpha):
        return None
    return int(log_evidence.argmax()) + 1
