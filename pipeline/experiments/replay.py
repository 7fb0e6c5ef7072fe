"""Experiments by the thousand, without users: each draws its pictures from those whose answers are known.

What two versions say to the 10,000 test images is worked out once. A user who sends one picture is then a row that is
drawn at random, with replacement, so that thousands of experiments take seconds, and the true difference is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.experiments.sequential import running_evidence
from pipeline.experiments.verdicts import unpaired_p

BLOCK = 200  # experiments: the evidence of thousands at once would take gigabytes


@dataclass(frozen=True)
class Answers:
    """For each of many experiments, whether each answer was right: two arrays of truth values (experiments, n).

    The k-th answers of ``a`` and ``b`` are to the same picture if the experiment was ``paired``, else to two pictures.
    """

    a: np.ndarray
    b: np.ndarray


def draw(right_a: np.ndarray, right_b: np.ndarray, shape: tuple[int, int], seed: int, paired: bool = False) -> Answers:
    """``shape`` is (experiments, answers for each version); ``right_a`` and ``right_b`` (m,) say what each of the two
    versions gets right of the same m pictures. With the same version twice, it is an A/A test."""
    generator = np.random.default_rng(seed)
    for_a = generator.integers(0, len(right_a), shape)
    for_b = for_a if paired else generator.integers(0, len(right_b), shape)
    return Answers(right_a[for_a], right_b[for_b])


def p_values(answers: Answers, looks: np.ndarray) -> np.ndarray:
    """Those of the unpaired test, (experiments, looks), after so many answers for each version as ``looks`` says."""
    right_a, right_b = (right.cumsum(axis=1)[:, looks - 1] for right in (answers.a, answers.b))
    return unpaired_p(right_a, looks, right_b, looks)


def stops(answers: Answers, alpha: float = 0.05) -> np.ndarray:
    """After how many answers for each version the sequential test stops: (experiments,), 0 where it never does."""
    starts = range(0, len(answers.a), BLOCK)
    return np.concatenate([_stops(answers.a[start:][:BLOCK], answers.b[start:][:BLOCK], alpha) for start in starts])


def _stops(a: np.ndarray, b: np.ndarray, alpha: float) -> np.ndarray:
    reached = running_evidence(a, b) >= -np.log(alpha)
    return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, 0)
