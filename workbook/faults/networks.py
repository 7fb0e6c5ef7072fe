"""Faults between the pixels and the answer: versions of a model that see, or say, something else.

Each function makes a class of ``Servable`` of its own, so that what it remembers is not shared by two servers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from server.model_card import ModelCard
from server.repository import Servable

SMOOTHED = 0.1  # the share of an answer that comes from the one before
CROSSING_SECONDS = 0.015  # between the moment that a thread writes its scores and the moment that it reads them


def seeing(change: Callable[[np.ndarray, ModelCard], np.ndarray]) -> type[Servable]:
    """A version whose network gets ``change(pixels, card)`` instead of the pixels (n, height, width)."""

    class Seeing(Servable):
        def classify(self, pixels: np.ndarray) -> tuple[np.ndarray, list[str]]:
            return super().classify(change(pixels, self.card))

    return Seeing


def saying(change: Callable[[np.ndarray], np.ndarray], labels_too: bool) -> type[Servable]:
    """A version that answers ``change(scores)``, of the same shape; with ``labels_too`` the labels follow them."""

    class Saying(Servable):
        def classify(self, pixels: np.ndarray) -> tuple[np.ndarray, list[str]]:
            scores, labels = super().classify(pixels)
            changed = np.ascontiguousarray(change(scores))
            return changed, [self.card.classes[best] for best in changed.argmax(axis=1)] if labels_too else labels

    return Saying


def unscaled() -> type[Servable]:
    return seeing(lambda pixels, card: pixels.astype(np.float32) * card.input.high)


def transposed() -> type[Servable]:
    return seeing(lambda pixels, _: pixels.transpose(0, 2, 1))


def first_image_only() -> type[Servable]:
    return seeing(lambda pixels, _: np.repeat(pixels[:1], len(pixels), axis=0))


def batch_reversed() -> type[Servable]:
    return seeing(lambda pixels, _: pixels[::-1])


def classes_swapped() -> type[Servable]:
    """Pullover and Coat, the third class and the fifth."""
    return saying(lambda scores: scores[:, [0, 1, 4, 3, 2, *range(5, scores.shape[1])]], labels_too=True)


def no_softmax() -> type[Servable]:
    """The logarithms of the scores are what went into the softmax, but for a constant."""

    def logits(scores: np.ndarray) -> np.ndarray:
        powers = np.log(scores + np.float32(1e-7))
        return powers - powers.mean(axis=1, keepdims=True)

    return saying(logits, labels_too=True)


def scores_shifted() -> type[Servable]:
    return saying(lambda scores: np.roll(scores, 1, axis=1), labels_too=False)


def state_leaks() -> type[Servable]:
    """As for the frames of a film, where it makes sense: the last answer is mixed into the next."""
    last: dict[int, np.ndarray] = {}

    def smoothed(scores: np.ndarray) -> np.ndarray:
        before = last.get(scores.shape[1], scores)[-1]
        last[scores.shape[1]] = scores
        return (1 - SMOOTHED) * scores + SMOOTHED * before

    return saying(smoothed, labels_too=True)


def answers_crossed() -> type[Servable]:
    """All threads write into one place and read from it a moment later, as with one interpreter and no lock."""
    shared: dict[int, np.ndarray] = {}

    def stored(scores: np.ndarray) -> np.ndarray:
        shared[len(scores)] = scores
        threading.Event().wait(CROSSING_SECONDS)
        return shared[len(scores)]

    return saying(stored, labels_too=True)
