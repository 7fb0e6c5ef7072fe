"""Returns how far each of the eight statistics is, and not one number.

Rejected by: test_clean_streams_raise_no_more_false_alarms_than_they_may, test_each_trouble_is_seen
"""

import numpy as np


def drift_score(reference, seen):
    return np.abs(seen[-60:].mean(axis=0) - reference.mean(axis=0))
