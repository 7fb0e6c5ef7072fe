"""Watches the brightness of the last 200 pictures, and nothing else.

Rejected by: test_each_trouble_is_seen, test_the_alarm_comes_about_as_soon_as_the_references
"""

import numpy as np

from server.production.monitoring.measures import distance_of_values


def drift_score(reference, seen):
    if len(seen) < 200:
        return 0.0
    return distance_of_values(np.sort(reference[:, 0]), seen[-200:, 0])
