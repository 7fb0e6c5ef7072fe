"""What a model version's pictures and answers were like when it was made: ``assets.extra/reference.json``.

It is small, because quantiles stand for thousands of pictures. ``pipeline.reference`` makes it; a version without one
is served all the same, and nothing is said of its drift.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from server.production.monitoring.measures import brightness, distance_of_shares, distance_of_values, sharpness

REFERENCE_FILE = "reference.json"
VALUES = ("brightness", "sharpness", "confidence")
STATISTICS = (*VALUES, "label")
LEAST_WINDOW, MOST_WINDOW = 20, 10_000


def rows_of(pixels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """A row of ``STATISTICS`` for each of uint8 ``pixels`` (n, height, width) with ``scores`` (n, classes): (n, 4)."""
    columns = (brightness(pixels), sharpness(pixels), scores.max(axis=1), scores.argmax(axis=1))
    return np.stack(columns, axis=1)


@dataclass(frozen=True)
class Reference:
    """Quantiles and shares of held-out pictures, and how far a window without any drift may be from them.

    ``quantiles``: for each of ``VALUES`` a sorted array, the same number of pictures between any two. ``shares``: of
    each class among the answers, none of them 0. ``limits``: for each of ``STATISTICS`` the distance that one window of
    ``window`` pictures in so many is beyond. ``pictures`` is how many all of this was made from.
    """

    pictures: int
    window: int
    quantiles: dict[str, np.ndarray]
    shares: np.ndarray
    limits: dict[str, float]

    def distances(self, rows: np.ndarray) -> dict[str, float]:
        """How far ``rows`` (n, 4) are from the reference, by the name of each of ``STATISTICS``.

        The distance of Kolmogorov and Smirnov, 0 to 1, for numbers; Cohen's w for the classes of the answers.
        """
        of_values = {
            name: distance_of_values(self.quantiles[name], rows[:, column]) for column, name in enumerate(VALUES)
        }
        counts = np.bincount(rows[:, -1].astype(int), minlength=len(self.shares))
        return {**of_values, "label": distance_of_shares(self.shares, counts / len(rows))}

    def write(self, path: Path) -> None:
        fields = {
            "pictures": self.pictures,
            "window": self.window,
            "quantiles": {name: _short(values) for name, values in self.quantiles.items()},
            "shares": _short(self.shares),
            "limits": self.limits,
        }
        path.write_text(json.dumps(fields) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path, classes: int) -> Reference:
        """Read the file of a model with so many ``classes``. Raises ``ValueError`` that names file and fault."""
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            quantiles = {name: np.array(fields["quantiles"][name], dtype=float) for name in VALUES}
            limits = {name: float(fields["limits"][name]) for name in STATISTICS}
            shares = np.array(fields["shares"], dtype=float)
            reference = cls(int(fields["pictures"]), int(fields["window"]), quantiles, shares, limits)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is no reference of a model's pictures: {error}; make it again") from error
        if fault := _fault_of(reference, classes):
            raise ValueError(f"{path}: {fault}; make it again")
        return reference


def _short(values: np.ndarray) -> list[float]:
    # As exact as the scores, which are float32: many are so near to 1 that with fewer digits they would be 1.
    return [float(f"{value:.9g}") for value in values]


def _fault_of(reference: Reference, classes: int) -> str:
    """What of a reference cannot be used; empty if nothing."""
    if not LEAST_WINDOW <= reference.window <= MOST_WINDOW:
        return f"a window of {reference.window} pictures, where {LEAST_WINDOW} to {MOST_WINDOW} are possible"
    if reference.shares.shape != (classes,) or not (reference.shares > 0).all():
        return f"shares of the shape {reference.shares.shape}; expected {classes} numbers above 0"
    for name, values in reference.quantiles.items():
        if values.ndim != 1 or len(values) < 2 or not (np.diff(values) >= 0).all():
            return f"the quantiles of {name} are no numbers in order"
    return "" if np.isfinite(list(reference.limits.values())).all() else "a limit that is not a number"
