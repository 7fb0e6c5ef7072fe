"""Takes the first pictures of the stream for the newest.

Rejected by: test_each_trouble_is_seen
"""

import numpy as np

from server.production.monitoring.measures import distance_of_values


def drift_score(reference, seen):
    if len(seen) < 60:
        return 0.0
    oldest = seen[:60]
    return max(distance_of_values(np.sort(reference[:, column]), oldest[:, column]) for column in range(8))
