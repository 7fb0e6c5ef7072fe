"""Which pictures of the traffic get a label, and what their labels say of the accuracy on all of it.

Whoever chooses the pictures decides what the labels are good for: a share of right answers among pictures that were
chosen *because* the model is unsure says nothing of the rest, unless each one's chance of being chosen is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Z = 1.96  # standard errors to each side of a 95 percent interval
FLOOR = 0.1  # no picture is so sure that it is never looked at


@dataclass(frozen=True)
class Estimate:
    """A share from 0 to 1, its 95 percent interval from ``low`` to ``high``, and from how many ``labels``."""

    share: float
    low: float
    high: float
    labels: int

    def __str__(self) -> str:
        return f"{self.share:.3f} ({self.low:.3f} to {self.high:.3f})"


def at_random(generator: np.random.Generator, pictures: int, budget: int) -> np.ndarray:
    """The indexes of ``budget`` of the ``pictures``, each as likely as the next. Raises ``ValueError`` for too many."""
    _check_budget(budget, pictures)
    return generator.choice(pictures, budget, replace=False)


def least_sure(scores: np.ndarray, budget: int) -> np.ndarray:
    """The indexes of the ``budget`` pictures whose highest of ``scores`` (n, classes) is lowest.

    Raises ``ValueError`` for more than there are.
    """
    _check_budget(budget, len(scores))
    return np.argsort(scores.max(axis=1), kind="stable")[:budget]


def chances(scores: np.ndarray, budget: int, floor: float = FLOOR) -> np.ndarray:
    """How likely each picture is to get a label, float64 (n,): the less sure the model, the likelier.

    A chance is in proportion to one minus the highest of ``scores`` (n, classes), but to ``floor`` at least; together
    they add up to ``budget``, which is how many labels are bought on average. None is above one, and none is zero:
    what is never looked at cannot be estimated. Raises ``ValueError`` for a budget that is more than there are.
    """
    _check_budget(budget, len(scores))
    size = np.maximum(1 - scores.max(axis=1).astype(np.float64), floor)
    certain = np.zeros(len(size), bool)
    while True:
        left = size[~certain].sum()
        share = (budget - certain.sum()) * size / left if left else np.ones(len(size))
        over = ~certain & (share > 1)
        if not over.any():
            return np.where(certain, 1.0, share)
        certain |= over


def by_chance(generator: np.random.Generator, chance: np.ndarray) -> np.ndarray:
    """The indexes of the pictures for which a draw comes out, each on its own with the chance ``chance`` (n,)."""
    return np.flatnonzero(generator.random(len(chance)) < chance)


def corrections(generator: np.random.Generator, right: np.ndarray, if_wrong: float, if_right: float) -> np.ndarray:
    """The indexes of the pictures of which users say something, simulated.

    A user who got a wrong answer corrects it with the chance ``if_wrong``, and one who got a right answer confirms it
    with the chance ``if_right``; ``right`` (n,) says which is which. Of the chances, nobody in the service knows any.
    """
    return by_chance(generator, np.where(right, if_right, if_wrong))


def plain_estimate(right: np.ndarray) -> Estimate:
    """The share of right answers among those labeled; an estimate for all only if they were chosen at random.

    Raises ``ValueError`` where there is no label.
    """
    _check_labels(right)
    return wilson(float(np.mean(right)), len(right), len(right))


def weighted_estimate(right: np.ndarray, chance: np.ndarray) -> Estimate:
    """The share of right answers in all of the traffic, from labels that each had a ``chance`` (k,) of being bought.

    Each label stands for as many pictures as its chance says, a label with chance 0.1 for ten: Hájek's estimator. Its
    variance is that of a ratio under Poisson sampling (Särndal, Swensson and Wretman, "Model Assisted Survey Sampling",
    1992, sections 3.5 and 5.7). Labels that all say the same leave it at zero; then Kish's effective number of labels
    gives the interval. Raises ``ValueError`` where there is no label, and for a chance that is none.
    """
    _check_labels(right)
    if not ((chance > 0) & (chance <= 1)).all():
        raise ValueError("a chance must be above 0 and at most 1")
    weights = 1 / chance
    total = weights.sum()
    share = float((weights * right).sum() / total)
    variance = float(((1 - chance) * (weights * (right - share)) ** 2).sum() / total**2)
    kish = float(total**2 / (weights**2).sum())
    return wilson(share, share * (1 - share) / variance if variance > 0 else kish, len(right))


def wilson(share: float, size: float, labels: int) -> Estimate:
    """Wilson's interval of a share seen in ``size`` pictures, which may be a fraction: honest for few labels, too.

    Brown, Cai and DasGupta, "Interval Estimation for a Binomial Proportion", Statistical Science 16 (2001).
    """
    middle = (share + Z**2 / (2 * size)) / (1 + Z**2 / size)
    half = Z * math.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2)) / (1 + Z**2 / size)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half), labels)


def _check_budget(budget: int, pictures: int) -> None:
    if not 0 < budget <= pictures:
        raise ValueError(f"{budget} labels of {pictures} pictures cannot be bought; expected from 1 to {pictures}")


def _check_labels(right: np.ndarray) -> None:
    if not len(right):
        raise ValueError("there is no label to estimate from")
