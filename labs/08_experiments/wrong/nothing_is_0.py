"""Gives 0 where the test never stops, as if it had stopped before it began.

Rejected by: test_it_may_never_stop
"""

import numpy as np

from pipeline.experiments.sequential import running_evidence


def first_alarm(right_a, right_b, alpha=0.05):
    stops = np.flatnonzero(running_evidence(right_a, right_b) >= -np.log(alpha))
    return int(stops[0]) + 1 if stops.size else 0
