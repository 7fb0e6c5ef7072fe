"""Real weights and pictures: of the course's model, and of Fashion-MNIST."""

from __future__ import annotations

import functools

import numpy as np

from pipeline import dataset
from pipeline.quantization import network
from server.model_card import EXTRA_FOLDER, PINNED_MODELS


@functools.cache
def weights() -> network.Weights:
    return network.read_weights(PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER / "clothes.tflite")


@functools.cache
def pictures() -> np.ndarray:
    """The first 100 test pictures, uint8."""
    try:
        return dataset.read_test_set()[0][:100]
    except FileNotFoundError:  # nobody has fetched them yet
        dataset.ensure()
        return dataset.read_test_set()[0][:100]


def labels_by(some: network.Weights, given: np.ndarray) -> np.ndarray:
    return network.scores(some, given).argmax(axis=1)


def canvas(levels: np.ndarray, ink: tuple[int, int, int] = (0, 0, 0), block: int = 4) -> np.ndarray:
    """A transparent canvas on which uint8 ``levels`` (28, 28) say how opaque the ink is, in blocks of pixels."""
    opaque = np.kron(levels, np.ones((block, block), np.uint8))
    return np.dstack([np.full_like(opaque, color) for color in ink] + [opaque])
