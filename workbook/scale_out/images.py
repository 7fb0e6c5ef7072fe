"""A million images that nobody stores: the 70,000 of Fashion-MNIST, again and again, each round moved by some pixels.

Image ``n`` is always the same picture, whoever asks for it, so a shard can be scored anywhere and again.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pipeline import dataset

MOST_MOVED = 2  # pixels, in each direction
SEED = 28
MOVES = [(down, right) for down in range(-MOST_MOVED, MOST_MOVED + 1) for right in range(-MOST_MOVED, MOST_MOVED + 1)]


@lru_cache(maxsize=1)
def sources() -> np.ndarray:
    """The training and the test images as they are, uint8 (70000, 28, 28). The data must be in Keras's cache."""
    return np.concatenate([dataset.read_training_set()[0], dataset.read_test_set()[0]])


def most_images() -> int:
    """How many there are, no two of them the same picture moved alike."""
    return len(sources()) * len(MOVES)


def pixels_of(numbers: range) -> np.ndarray:
    """The images of these numbers, one after the other: uint8 (n, 28, 28)."""
    rounds = range(numbers.start // len(sources()), (numbers.stop - 1) // len(sources()) + 1)
    return np.concatenate([_moved(_part(numbers, one), moves()[one]) for one in rounds])


@lru_cache(maxsize=1)
def moves() -> list[tuple[int, int]]:
    """By how many rows and columns each round is moved; the first one stays where it is."""
    others = [move for move in MOVES if move != (0, 0)]
    return [(0, 0), *(others[one] for one in np.random.default_rng(SEED).permutation(len(others)))]


def _part(numbers: range, one: int) -> np.ndarray:
    """What is in round ``one`` of these numbers, not moved yet."""
    first = one * len(sources())
    return sources()[max(numbers.start - first, 0) : numbers.stop - first]


def _moved(images: np.ndarray, move: tuple[int, int]) -> np.ndarray:
    """Moved down and to the right; what comes in at the edge is background."""
    moved = np.zeros_like(images)
    onto, out_of = zip(*(_edges(step, size) for step, size in zip(move, images.shape[1:], strict=True)), strict=True)
    moved[:, *onto] = images[:, *out_of]
    return moved


def _edges(step: int, size: int) -> tuple[slice, slice]:
    """Where rows go, and which ones, when all move by ``step``."""
    return slice(max(step, 0), size + min(step, 0)), slice(max(-step, 0), size + min(-step, 0))
