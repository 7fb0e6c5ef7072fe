"""Watches the brightness, and nothing else.

Rejected by: test_each_change_raises_the_alarm
"""


def detect(reference, window):
    from scipy.stats import ks_2samp

    return bool(ks_2samp(reference[:, 0], window[:, 0]).pvalue < 0.0001)
