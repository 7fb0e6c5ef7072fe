"""Detectors: each compares a window of pictures with the reference, by one distance, and says how surprising it is.

A detector takes two ``Evidence``, reference and window, and gives a ``Finding``. ``calibrate`` sets its threshold: the
distance that so many clean windows of this size exceed. ``ALL`` has them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from pipeline.drift.evidence import Evidence
from server.production.monitoring.measures import distance_of_shares, distance_of_values


@dataclass(frozen=True)
class Finding:
    """``distance`` is the size of the effect; ``p`` the chance of one as large without any drift, NaN where unknown."""

    distance: float
    p: float


Detector = Callable[[Evidence, Evidence], Finding]


def ks(reference: np.ndarray, window: np.ndarray) -> Finding:
    """The test of Kolmogorov and Smirnov on two lists of numbers, (m,) and (n,); p is asymptotic.

    The same as ``scipy.stats.ks_2samp``, in a tenth of the time if the reference comes sorted.
    """
    distance = distance_of_values(np.sort(reference), window)
    together = len(reference) * len(window) / (len(reference) + len(window))
    return Finding(distance, float(special.kolmogorov(np.sqrt(together) * distance)))


def chi_square(reference: np.ndarray, window: np.ndarray, classes: int) -> Finding:
    """Pearson's chi-square test on two lists of class numbers, (m,) and (n,); the distance is Cohen's w."""
    counts = np.bincount(reference, minlength=classes) + 0.5  # a class that the reference never had divides by zero
    distance = distance_of_shares(counts / counts.sum(), np.bincount(window, minlength=classes) / len(window))
    statistic = distance**2 / (1 / len(window) + 1 / len(reference))
    return Finding(distance, float(stats.chi2.sf(statistic, classes - 1)))


def psi(reference: np.ndarray, window: np.ndarray, bins: int = 10) -> Finding:
    """The population stability index of two lists of numbers, in ``bins`` that hold equal parts of the reference.

    The sum of (a - b) log(a / b) over the shares of the bins, half a picture added to each. Without any drift it is
    about (bins - 1)(1/n + 1/m), so that no one threshold fits all sizes of a window; and p is NaN.
    """
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1]))
    a, b = (_shares(np.searchsorted(edges, values), len(edges) + 1) for values in (window, reference))
    return Finding(float(((a - b) * np.log(a / b)).sum()), float("nan"))


def _shares(places: np.ndarray, bins: int) -> np.ndarray:
    counts = np.bincount(places, minlength=bins) + 0.5
    return counts / counts.sum()


def c2st(reference: np.ndarray, window: np.ndarray, seed: int = 0) -> Finding:
    """The classifier two-sample test of two tables, (m, features) and (n, features): can a classifier tell them apart?

    As many rows of the reference as the window has are drawn; a linear classifier learns on one half of all and is
    tried on the other. The distance is its accuracy less 0.5, the p that of a coin. Lopez-Paz and Oquab, "Revisiting
    Classifier Two-Sample Tests" (2017). Raises ``ValueError`` for fewer than 4 pictures.
    """
    size = min(len(window), len(reference))
    if size < 4:
        raise ValueError(f"{size} pictures are too few to train a classifier on one half; take 4 or more")
    rng = np.random.default_rng(seed)
    both = [rows[rng.permutation(len(rows))[:size]] for rows in (reference, window)]
    half, rest = size // 2, size - size // 2
    first, second = (np.concatenate([rows[part] for rows in both]) for part in (slice(half), slice(half, None)))
    right = int((_told_apart(first, second) == np.repeat([False, True], rest)).sum())
    return Finding(right / (2 * rest) - 0.5, float(stats.binom.sf(right - 1, 2 * rest, 0.5)))


def _told_apart(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Which rows of ``asked`` are like the second half of ``known`` rather than the first.

    What scikit-learn's ``RidgeClassifier`` says on standardized columns, in a tenth of its time.
    """
    center, scale = known.mean(axis=0), known.std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1)  # a unit that never fires has no spread
    table, side = (known - center) / scale, np.repeat([-1.0, 1.0], len(known) // 2)
    penalty = len(known) / 2 * np.eye(table.shape[1])
    weights = np.linalg.solve(table.T @ table + penalty, table.T @ side)
    return (asked - center) / scale @ weights > 0


def values_of(name: str) -> Detector:
    """``ks`` on one column of the evidence, such as brightness."""
    return lambda reference, window: ks(reference.of(name), window.of(name))


def psi_of(name: str) -> Detector:
    """``psi`` on one column of the evidence."""
    return lambda reference, window: psi(reference.of(name), window.of(name))


def predicted_class(reference: Evidence, window: Evidence) -> Finding:
    """``chi_square`` on the classes that the model gave."""
    return chi_square(reference.label, window.label, reference.classes)


def hidden_layer(reference: Evidence, window: Evidence) -> Finding:
    """``c2st`` on the activations of the network's last hidden layer."""
    return c2st(reference.hidden, window.hidden)


def picture_statistics(reference: Evidence, window: Evidence) -> Finding:
    """``c2st`` on the statistics of a picture and their squares: a change may be in the middle or in the spread."""
    center, scale = reference.statistics.mean(axis=0), reference.statistics.std(axis=0)
    tables = [(evidence.statistics - center) / scale for evidence in (reference, window)]
    return c2st(*(np.concatenate([table, table**2], axis=1) for table in tables))


ALL: dict[str, Detector] = {
    "brightness": values_of("brightness"),
    "sharpness": values_of("sharpness"),
    "class": predicted_class,
    "confidence": values_of("confidence"),
    "psi confidence": psi_of("confidence"),
    "c2st statistics": picture_statistics,
    "c2st hidden": hidden_layer,
}


def windows(clean: Evidence, size: int, repeats: int, seed: int) -> Iterator[Evidence]:
    """``repeats`` windows of ``size`` pictures each, drawn from ``clean`` without putting back within a window."""
    rng = np.random.default_rng(seed)
    for _ in range(repeats):
        yield clean.take(rng.choice(len(clean), size, replace=False))


def calibrate(
    detector: Detector, reference: Evidence, clean: Iterator[Evidence] | list[Evidence], alpha: float = 0.01
) -> float:
    """The threshold above which a share ``alpha`` of ``clean`` windows has its distance.

    The windows must be of the size that will be watched, and of pictures that are not in the reference: see
    ``windows``. 1 / ``alpha`` of them are the least; a few hundred are better. Raises ``ValueError`` for fewer.
    """
    distances = [detector(reference, window).distance for window in clean]
    if len(distances) * alpha < 1:
        raise ValueError(f"{len(distances)} windows are too few for a false-alarm rate of {alpha}: draw more")
    return float(np.quantile(distances, 1 - alpha, method="higher"))
