"""Takes it for granted that the second version is the better one.

Rejected by: test_the_order_does_not_count
"""

import math

from scipy.special import ndtri

from pipeline.experiments.planning import _spreads


def sample_size(base, better, power=0.8, alpha=0.05):
    if not 0 < base < better < 1:
        raise ValueError("expected two accuracies between 0 and 1")
    if not 0 < alpha < power < 1:
        raise ValueError("expected 0 < alpha < power < 1")
    alike, apart = _spreads(base, better)
    return math.ceil(((ndtri(1 - alpha / 2) * alike + ndtri(power) * apart) / (better - base)) ** 2)
