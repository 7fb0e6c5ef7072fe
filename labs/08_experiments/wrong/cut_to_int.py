"""Cuts the number of answers down: the power is not quite reached.

Rejected by: test_the_size_is_rounded_up
"""

from scipy.special import ndtri

from pipeline.experiments.planning import _spreads


def sample_size(base, better, power=0.8, alpha=0.05):
    if not (0 < base < 1 and 0 < better < 1) or base == better:
        raise ValueError("expected two accuracies between 0 and 1")
    if not 0 < alpha < power < 1:
        raise ValueError("expected 0 < alpha < power < 1")
    alike, apart = _spreads(base, better)
    return int(((ndtri(1 - alpha / 2) * alike + ndtri(power) * apart) / (better - base)) ** 2)
