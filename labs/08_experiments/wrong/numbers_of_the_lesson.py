"""Has 1.96 and 0.84 written into it, the numbers of an alpha of 0.05 and a power of 0.8.

Rejected by: test_power_and_alpha_are_heard
"""

import math

from pipeline.experiments.planning import _spreads


def sample_size(base, better, power=0.8, alpha=0.05):
    if not (0 < base < 1 and 0 < better < 1) or base == better:
        raise ValueError("expected two accuracies between 0 and 1")
    if not 0 < alpha < power < 1:
        raise ValueError("expected 0 < alpha < power < 1")
    alike, apart = _spreads(base, better)
    return math.ceil(((1.959964 * alike + 0.841621 * apart) / (better - base)) ** 2)
