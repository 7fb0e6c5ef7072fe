"""Tests of a model before it goes out: what must not change its answer, what must, and where it may not be bad.

The first two kinds are the *invariance* and *directional expectation* tests of Ribeiro et al., "Beyond Accuracy:
Behavioral Testing of NLP Models with CheckList" (ACL 2020). The third asks for a minimum in each group, because an
average hides the worst of them. The fourth, ``negative_flips``, counts what the new version breaks: Yan et al.,
"Positive-Congruent Training: Towards Regression-Free Model Updates" (CVPR 2021).

Pixels are uint8 (n, height, width), labels whole numbers (n,), scores float (n, classes). Each function returns a share
from 0 to 1, and raises ``ValueError`` where there is not a picture to take a share of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

Predict = Callable[[np.ndarray], np.ndarray]
Change = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Requirement:
    """What is ``measured`` of a model must be at least ``least``."""

    name: str
    measured: Callable[[Predict], float]
    least: float


@dataclass(frozen=True)
class Verdict:
    """What a model reached of what was required of it."""

    name: str
    reached: float
    least: float

    @property
    def passed(self) -> bool:
        return self.reached >= self.least


def judge(predict: Predict, requirements: Iterable[Requirement]) -> list[Verdict]:
    """A verdict for each requirement, in their order; one that fails does not keep the others from being measured."""
    return [Verdict(each.name, float(each.measured(predict)), each.least) for each in requirements]


def unchanged(predict: Predict, pixels: np.ndarray, change: Change) -> float:
    """Invariance: the share of pictures whose class is the same after ``change``, be it right or wrong."""
    _some(pixels)
    return float((_classes(predict, pixels) == _classes(predict, change(pixels))).mean())


def lowered(predict: Predict, pixels: np.ndarray, change: Change, label: int) -> float:
    """Direction: the share of pictures whose score for the class ``label`` falls when ``change`` is made to them."""
    _some(pixels)
    return float((predict(change(pixels))[:, label] < predict(pixels)[:, label]).mean())


def accuracy(predict: Predict, pixels: np.ndarray, labels: np.ndarray) -> float:
    """The share of pictures that get their own label."""
    _some(pixels)
    return float((_classes(predict, pixels) == labels).mean())


def lowest(
    predict: Predict, pixels: np.ndarray, labels: np.ndarray, slices: Mapping[str, np.ndarray]
) -> tuple[str, float]:
    """The slice with the lowest accuracy, and that accuracy; each slice is a mask (n,) of bool, and not empty."""
    _some(slices)
    right = _classes(predict, pixels) == labels
    for name, mask in slices.items():
        _some(right[mask], f"the slice {name!r} has no picture")
    accuracies = {name: float(right[mask].mean()) for name, mask in slices.items()}
    return min(accuracies.items(), key=lambda item: item[1])


def negative_flips(old: np.ndarray, new: np.ndarray, labels: np.ndarray) -> float:
    """The share of pictures that the scores ``old`` had right and the scores ``new`` have wrong."""
    _some(labels)
    return float(((old.argmax(axis=1) == labels) & (new.argmax(axis=1) != labels)).mean())


def shifted(pixels: np.ndarray, down: int = 0, right: int = 0) -> np.ndarray:
    """The pictures moved by as many pixels, up and left for negative ones; what comes in is black, as the background.

    Raises ``ValueError`` for a move that leaves nothing of them.
    """
    height, width = pixels.shape[1:]
    if abs(down) >= height or abs(right) >= width:
        raise ValueError(f"a move by {down} and {right} leaves nothing of {height} by {width} pixels")
    around = ((0, 0), (abs(down), abs(down)), (abs(right), abs(right)))
    top, left = abs(down) - down, abs(right) - right
    return np.pad(pixels, around)[:, top : top + height, left : left + width]


def _classes(predict: Predict, pixels: np.ndarray) -> np.ndarray:
    return predict(pixels).argmax(axis=1)


def _some(things: np.ndarray | Mapping, otherwise: str = "there is nothing to take a share of") -> None:
    if not len(things):
        raise ValueError(otherwise)
