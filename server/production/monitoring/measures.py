"""One number per picture, and how far the numbers of a window are from those of the reference.

``distance_of_values`` is for numbers such as a brightness, ``distance_of_shares`` for classes. Both are sizes of an
effect: they do not grow with the number of pictures, as a test's statistic does.
"""

from __future__ import annotations

import numpy as np


def brightness(pixels: np.ndarray) -> np.ndarray:
    """The mean level of each picture: whole numbers (n, height, width) to floats (n,)."""
    return pixels.mean(axis=(1, 2))


def sharpness(pixels: np.ndarray) -> np.ndarray:
    """log(1 + s) of each picture (n, height, width), where s is the standard deviation of its Laplacian; floats (n,).

    The Laplacian of a pixel is the sum of its four neighbors less four times itself. A focus measure of Pech-Pacheco
    et al., "Diatom autofocusing in brightfield microscopy" (2000); the logarithm makes a halving weigh what a doubling
    does.
    """
    levels = pixels.astype(np.float32)
    middle = levels[:, 1:-1, 1:-1]
    laplacian = levels[:, :-2, 1:-1] + levels[:, 2:, 1:-1] + levels[:, 1:-1, :-2] + levels[:, 1:-1, 2:] - 4 * middle
    return np.log1p(laplacian.std(axis=(1, 2)))


def distance_of_values(reference: np.ndarray, window: np.ndarray) -> float:
    """The distance of Kolmogorov and Smirnov, 0 to 1, of ``window`` (n,) from the *sorted* ``reference`` (m,).

    For any number x, a share of the window is x or below, and a share of the reference is. The distance is how much
    these two shares differ at most, whichever is the larger. ``window`` comes in any order, and stays as it is; both
    may have the same number more than once.
    """
    values = np.concatenate([reference, window])
    of_reference = np.searchsorted(reference, values, side="right") / len(reference)
    of_window = np.searchsorted(np.sort(window), values, side="right") / len(window)
    return float(np.abs(of_reference - of_window).max())


def distance_of_shares(reference: np.ndarray, window: np.ndarray) -> float:
    """Cohen's w of two lists of shares (k,), each adding up to 1: the root of the sum of (a - b)²/b, b the reference.

    0.1 is small, 0.3 medium, 0.5 large, says Cohen, "Statistical Power Analysis" (1988). No share of the reference
    may be 0. n times its square is Pearson's chi-square.
    """
    return float(np.sqrt(((window - reference) ** 2 / reference).sum()))
