"""Compares all that has ever come: the old pictures outweigh the new ones, and the more of them there are, the longer.

Rejected by: test_the_alarm_comes_about_as_soon_as_the_references
"""

import numpy as np

from server.production.monitoring.measures import distance_of_values


def drift_score(reference, seen):
    if len(seen) < 60:
        return 0.0
    return max(distance_of_values(np.sort(reference[:, column]), seen[:, column]) for column in range(8))
