"""What an experiment that is over has proven: p-values, each for a look that happens once, at a size set beforehand."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.special import ndtr


def unpaired_p(right_a: np.ndarray, answers_a: np.ndarray, right_b: np.ndarray, answers_b: np.ndarray) -> np.ndarray:
    """The two-sided p-value of the z-test for two proportions, with the pooled estimate of the spread.

    Versions A and B gave ``answers`` to different pictures, ``right`` of which were right: whole numbers, or arrays of
    any one shape, which is that of the p-values. Where both are always right, or always wrong, it is 1.
    """
    right_a, right_b = np.asarray(right_a, float), np.asarray(right_b, float)
    pooled = (right_a + right_b) / (np.asarray(answers_a) + answers_b)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / np.asarray(answers_a) + 1 / np.asarray(answers_b)))
    distance = np.abs(right_b / answers_b - right_a / answers_a)
    z = np.divide(distance, spread, out=np.zeros_like(distance), where=spread > 0)
    return 2 * ndtr(-z)


def paired_p(only_a: int, only_b: int) -> float:
    """The two-sided p-value of the exact McNemar test, for versions that answered the *same* pictures.

    Pictures that both got right, or both wrong, do not tell the versions apart. Of the others, ``only_a`` are those
    that only A got right, and ``only_b`` the rest. If the versions are equally good, each of them goes to A or to B as
    a coin falls. Without any, it is 1.
    (McNemar, "Note on the sampling error of the difference between correlated proportions", Psychometrika 12, 1947.)
    """
    return float(stats.binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0


def sample_ratio_p(counts: list[int], shares: list[float]) -> float:
    """The p-value of the chi-square test that users came to the arms in these ``shares``, which add up to 1.

    A tiny one, say below 0.001, is a sample-ratio mismatch: something loses users, or doubles them, in one arm, and no
    other number of this experiment can be believed (Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online
    Controlled Experiments", KDD 2019). Raises ``ValueError`` for shares that do not add up to 1, and without users.
    """
    if len(counts) != len(shares) or abs(sum(shares) - 1) > 1e-9 or min(shares) <= 0:
        raise ValueError(f"expected a share above 0 for each of {len(counts)} arms, adding up to 1, not {shares}")
    if not sum(counts):
        raise ValueError("nobody has come to any arm yet")
    return float(stats.chisquare(counts, np.multiply(shares, sum(counts))).pvalue)
