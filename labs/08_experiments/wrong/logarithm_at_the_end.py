"""Takes the logarithm of the finished product, which has become 0 times infinity long before.

Rejected by: test_millions_do_not_overflow
"""

import numpy as np


def evidence(wins, losses, caution=10.0):
    from scipy.special import beta

    wins, losses = np.asarray(wins, float), np.asarray(losses, float)
    with np.errstate(all="ignore"):
        return np.log(2 ** (wins + losses) * beta(caution + wins, caution + losses) / beta(caution, caution))
