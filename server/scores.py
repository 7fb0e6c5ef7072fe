"""Whether a model's answers are what its card promises, tried before anybody gets them."""

from __future__ import annotations

import math

import numpy as np

from server.model_card import InputSpec, ModelCard

TOLERANCE = 0.05  # a quantized model's scores come in steps of 1/256, and the errors of ten add up


def trial_pixels(spec: InputSpec) -> np.ndarray:
    """A black image, a white one, and one of many levels: uint8 (3, height, width)."""
    # Not from NumPy's generator, which would stay in each worker's memory.
    levels = spec.low + np.arange(math.prod(spec.shape)) * 37 % (spec.high - spec.low + 1)
    images = [np.full(spec.shape, spec.low), np.full(spec.shape, spec.high), levels.reshape(spec.shape)]
    return np.stack(images).astype(np.uint8)


def check_scores(scores: np.ndarray, card: ModelCard) -> None:
    """Raise ``ValueError`` unless ``scores`` are a classifier's: (n, classes), each row 0 to 1 and adding up to 1."""
    classes = len(card.classes)
    if scores.ndim != 2 or scores.shape[1] != classes:
        raise ValueError(f"the model gives {scores.shape[1:]} numbers for an image; its card has {classes} classes")
    if not np.isfinite(scores).all():
        raise ValueError("some of the model's scores are NaN or infinite: its weights are broken; train it again")
    sums = scores.sum(axis=1)
    if scores.min() < -TOLERANCE or np.abs(sums - 1).max() > TOLERANCE:
        raise ValueError(
            f"the model's scores go from {scores.min():.2f} to {scores.max():.2f}, and those of an image add up to "
            f"{sums[0]:.2f}; expected probabilities: end the model in a softmax"
        )
