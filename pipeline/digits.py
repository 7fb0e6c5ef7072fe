"""The second model: handwritten digits of 8x8 pixels, with scikit-learn and the data that comes with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from server.preprocessing import to_model_input

CLASSES = tuple("0123456789")
SHAPE = (8, 8)
HIGH = 16  # scikit-learn's digits have 17 shades, 0 to 16
TEST_SHARE = 0.2


def load_split(seed: int) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """``(pixels, labels)`` for training (1,437) and for testing (360): uint8 (n, 8, 8), integers (n,)."""
    digits = load_digits()
    pixels = digits.images.astype(np.uint8)
    train_x, test_x, train_y, test_y = train_test_split(
        pixels, digits.target, test_size=TEST_SHARE, random_state=seed, stratify=digits.target
    )
    return (train_x, train_y), (test_x, test_y)


def to_rows(pixels: np.ndarray) -> np.ndarray:
    """Scale uint8 pixels (n, 8, 8), which go from 0 to ``HIGH``, to float32 rows (n, 64) from 0 to 1."""
    return to_model_input(pixels, HIGH).reshape(len(pixels), -1)


def train_digits(pixels: np.ndarray, labels: np.ndarray) -> LogisticRegression:
    """Fit a logistic regression on uint8 pixels (n, 8, 8) and their labels (n,): its ``predict`` takes rows of
    ``to_rows``, and gets at least 0.93 of new digits right.

    It has one weight per pixel and class, and one bias per class.
    """
    return LogisticRegression(max_iter=1000).fit(to_rows(pixels), labels)


def count_parameters(model: LogisticRegression) -> int:
    return model.coef_.size + model.intercept_.size


def save(model: LogisticRegression, folder: Path) -> None:
    """Write ``digits.skops``, the model as scikit-learn has it, and ``digits.npz``, only its two arrays.

    The server takes the arrays: importing scikit-learn for 650 numbers would double its start-up time and its memory.
    """
    import skops.io

    skops.io.dump(model, folder / "digits.skops")
    np.savez(folder / "digits.npz", coefficients=model.coef_, intercepts=model.intercept_)
