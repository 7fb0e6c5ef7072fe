"""How much traffic an experiment needs, and how likely it is to find what is there.

Two versions answer different pictures, and their accuracies are compared by a two-sided z-test. Formulas: Fleiss, Levin
and Paik, "Statistical Methods for Rates and Proportions" (2003), section 4.2, without correction for continuity.
"""

from __future__ import annotations

import math

from scipy.special import ndtr, ndtri


def sample_size(base: float, better: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """The labeled answers that *each* version needs, so that the test finds the difference with this ``power``.

    ``base`` and ``better`` are the two accuracies that are to be told apart, in any order. ``alpha`` is the share of
    false alarms among experiments in which there is no difference; the test is two-sided. With z the quantiles of the
    normal distribution and m the mean of the two accuracies,

        n = (z(1 - alpha/2) sqrt(2 m (1 - m)) + z(power) sqrt(p (1 - p) + q (1 - q)))^2 / (p - q)^2,

    rounded up to a whole number. Raises ``ValueError`` for accuracies that are equal or not between 0 and 1, and
    unless 0 < ``alpha`` < ``power`` < 1.
    """
    if not (0 < base < 1 and 0 < better < 1) or base == better:
        raise ValueError(f"no number of answers tells {base} from {better}; expected two accuracies between 0 and 1")
    if not 0 < alpha < power < 1:
        raise ValueError(f"expected 0 < alpha < power < 1, not alpha {alpha} and power {power}")
    alike, apart = _spreads(base, better)
    return math.ceil(((ndtri(1 - alpha / 2) * alike + ndtri(power) * apart) / (better - base)) ** 2)


def power_at(answers: int, base: float, better: float, alpha: float = 0.05) -> float:
    """The share of experiments with so many labeled ``answers`` for *each* version that find the difference.

    It is ``sample_size`` the other way around. That the worse version wins by chance is left out: it is too rare.
    """
    alike, apart = _spreads(base, better)
    return float(ndtr((abs(better - base) * math.sqrt(answers) - ndtri(1 - alpha / 2) * alike) / apart))


def _spreads(base: float, better: float) -> tuple[float, float]:
    """The standard deviation of the difference of two answers: if the versions are alike, and if they are not."""
    mean = (base + better) / 2
    return math.sqrt(2 * mean * (1 - mean)), math.sqrt(base * (1 - base) + better * (1 - better))
