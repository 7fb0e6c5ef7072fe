"""Where a classifier looks: cover a part of the picture, see how its score falls, and go on to the next part.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014), section 4.2. It asks the model and
nothing else, so that it works for any model that gives scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

SIDE = 6


def occlusion_map(
    predict: Callable[[np.ndarray], np.ndarray], picture: np.ndarray, side: int = SIDE, fill: int = 0
) -> np.ndarray:
    """How much each pixel matters for the class that ``predict`` gives to ``picture``: float64 (height, width).

    ``picture`` is uint8 (height, width); ``predict`` takes pictures (n, height, width) and gives scores (n, classes).
    A square of ``side`` pixels is painted with ``fill`` at every place. A pixel gets the mean fall of the score over
    the squares that cover it: near 1, all depends on it; 0, nothing; below 0, the score rises without it.
    Raises ``ValueError`` for a square that does not fit into the picture.
    """
    if not 1 <= side <= min(picture.shape):
        raise ValueError(f"a square of {side} pixels does not fit into a picture of {picture.shape}")
    squares = [*_squares(picture.shape, side)]
    covered = np.repeat(picture[np.newaxis], len(squares), axis=0)
    for number, square in enumerate(squares):
        covered[(number, *square)] = fill
    scores = predict(picture[np.newaxis])[0]
    best = scores.argmax()
    falls = scores[best] - predict(covered)[:, best]
    total, count = np.zeros(picture.shape), np.zeros(picture.shape)
    for square, fall in zip(squares, falls, strict=True):
        total[square] += fall
        count[square] += 1
    return total / count


def _squares(shape: tuple[int, ...], side: int) -> Iterator[tuple[slice, slice]]:
    """The rows and columns of a square, at each place where it fits."""
    for top in range(shape[0] - side + 1):
        for left in range(shape[1] - side + 1):
            yield slice(top, top + side), slice(left, left + side)
