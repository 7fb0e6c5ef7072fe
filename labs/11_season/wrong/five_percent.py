"""Takes a p-value below 0.05 for an alarm: nine columns in fifty weeks are 450 chances.

Rejected by: test_clean_windows_raise_hardly_an_alarm
"""


def detect(reference, window):
    from scipy.stats import ks_2samp

    return bool(min(ks_2samp(reference[:, c], window[:, c]).pvalue for c in range(9)) < 0.05)
