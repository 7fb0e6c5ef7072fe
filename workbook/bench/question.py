"""What every contestant is asked: what a pair of trousers is. It is drawn here, so that no data is needed."""

from __future__ import annotations

import numpy as np

CLASSES = 10
CLASS = 1  # Trouser


def trousers() -> list[list[int]]:
    """28 rows of 28 whole numbers from 0 to 255."""
    pixels = np.zeros((28, 28), int)
    pixels[2:27, 8:20] = 120
    pixels[2:27, 9:19] = 190
    pixels[8:27, 13:15] = 0
    return pixels.tolist()
