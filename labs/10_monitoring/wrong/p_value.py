"""Gives the p-value: it falls where it should rise.

Rejected by: test_each_trouble_is_seen
"""


def drift_score(reference, seen):
    from scipy.stats import ks_2samp

    if len(seen) < 60:
        return 1.0
    newest = seen[-60:]
    return float(min(ks_2samp(reference[:, c], newest[:, c], method="asymp").pvalue for c in range(8)))
