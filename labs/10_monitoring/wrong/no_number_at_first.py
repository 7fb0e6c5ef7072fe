"""Has no score while there are too few pictures, where 0 is asked for.

Rejected by: test_clean_streams_raise_no_more_false_alarms_than_they_may
"""

import numpy as np

from server.production.monitoring.measures import distance_of_values


def drift_score(reference, seen):
    if len(seen) < 60:
        return float("nan")
    newest = seen[-60:]
    return max(distance_of_values(np.sort(reference[:, column]), newest[:, column]) for column in range(8))
