"""A test that may be looked at after each answer, and stopped whenever it has seen enough.

Pair the k-th answer of version A with the k-th of B. Pairs in which both are right or both are wrong say nothing about
which version is better. In each of the others exactly one is right. If the versions are equally good, that is the flip
of a fair coin (Wald, "Sequential Analysis", 1947, on double dichotomies). So bet against the coin. You start with 1,
and split your money before each flip between the two sides, as they have come up so far. If the coin is fair, no way of
betting makes money in the long run: your money is a martingale, and the chance that it *ever* reaches 20 is at most 1
in 20 (Ville, "Étude critique de la notion de collectif", 1939). So stop when it does. The money is the ``evidence``,
and its inverse a p-value that holds at all times at once.

All of these bets together come to the likelihood of the flips, averaged over a Beta distribution of B's true win share,
divided by their likelihood for a fair coin. This is the mixture test of Robbins ("Statistical methods related to the
law of the iterated logarithm", 1970), in the form that Lindon and Malek give for counts ("Anytime-Valid Inference for
Multinomial Count Data", NeurIPS 2022). It is exact, for any number of looks.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaln

# How firmly the bets begin at one half, as if so many flips had been seen on each side. Any number that is chosen
# before the experiment keeps the promise; this one is good at win shares of 0.55 to 0.7.
CAUTION = 10.0


def evidence(wins: np.ndarray, losses: np.ndarray, caution: float = CAUTION) -> np.ndarray:
    """The *logarithm* of the evidence against a fair coin, after so many ``wins`` of B and ``losses``.

    These are the pairs of answers in which B alone, or A alone, was right: whole numbers, or arrays of one shape, which
    is that of the result, float64. With c the ``caution`` and B the beta function, the evidence is

        2^(wins + losses) B(c + wins, c + losses) / B(c, c).

    The logarithm is 0 before the first pair, and does not overflow after millions.
    """
    wins, losses = np.asarray(wins, float), np.asarray(losses, float)
    return (wins + losses) * np.log(2) + betaln(caution + wins, caution + losses) - betaln(caution, caution)


def first_alarm(right_a: np.ndarray, right_b: np.ndarray, alpha: float = 0.05) -> int | None:
    """The number of pairs after which the test stops, from 1: the first at which the evidence is 1 / ``alpha`` or more.

    ``right_a`` and ``right_b`` (n,) say for each answer, in the order in which they came, whether it was right: truth
    values, or 0 and 1. The k-th of A is paired with the k-th of B. ``None`` if the evidence never reaches that. Of
    experiments in which the versions are equally good, at most a share ``alpha`` ever stops, however long they run.
    """
    stops = np.flatnonzero(running_evidence(right_a, right_b) >= -np.log(alpha))
    return int(stops[0]) + 1 if stops.size else None


def running_evidence(right_a: np.ndarray, right_b: np.ndarray) -> np.ndarray:
    """The logarithm of the evidence after each pair of answers: arrays (..., n) of truth values in, float64 out."""
    right_a, right_b = np.asarray(right_a, bool), np.asarray(right_b, bool)
    return evidence((right_b & ~right_a).cumsum(axis=-1), (right_a & ~right_b).cumsum(axis=-1))
