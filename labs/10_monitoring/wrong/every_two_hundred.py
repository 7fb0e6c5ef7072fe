"""Looks only when another 200 pictures are there.

Rejected by: test_the_alarm_comes_about_as_soon_as_the_references
"""

import numpy as np

from server.production.monitoring.measures import distance_of_values


def drift_score(reference, seen):
    full = len(seen) // 200 * 200
    if not full:
        return 0.0
    window = seen[full - 200 : full]
    return max(distance_of_values(np.sort(reference[:, column]), window[:, column]) for column in range(8))
