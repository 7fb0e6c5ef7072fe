"""Divides by zero for equal versions, and gives a number for accuracies that are none.

Rejected by: test_what_no_number_tells_apart_is_refused
"""

import math

from scipy.special import ndtri

from pipeline.experiments.planning import _spreads


def sample_size(base, better, power=0.8, alpha=0.05):
    alike, apart = _spreads(base, better)
    return math.ceil(((ndtri(1 - alpha / 2) * alike + ndtri(power) * apart) / (better - base)) ** 2)
