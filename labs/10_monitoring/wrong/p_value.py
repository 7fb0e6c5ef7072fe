"""Gives the p-value: it falls where it should rise.

Rejected by: test_each_trouble_is_seen
"""


def drift_score(reference, seen):
    from pipeline.drift.detectors import ks

    if len(seen) < 60:
        return 1.0
    newest = seen[-60:]
    return float(min(ks(reference[:, c], newest[:, c]).p for c in range(8)))
