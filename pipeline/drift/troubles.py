"""What happens to a camera, and what comes before it: seeded changes of pictures, by their names.

All take and give uint8 pixels of shape (n, 28, 28), as Fashion-MNIST has them: an article of clothing, light on black.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import ndimage

Trouble = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def noise(sigma: float) -> Trouble:
    """A bad sensor: to each pixel a normal random number of standard deviation ``sigma`` levels is added."""
    return lambda pixels, rng: _levels(pixels + rng.normal(0, sigma, pixels.shape))


def blur(sigma: float) -> Trouble:
    """A lens out of focus: a Gaussian of ``sigma`` pixels."""
    return lambda pixels, _: _levels(ndimage.gaussian_filter(pixels.astype(np.float32), (0, sigma, sigma)))


def rotation(degrees: float) -> Trouble:
    """A camera that has turned, counterclockwise; what comes in at the corners is black."""
    return lambda pixels, _: _levels(
        ndimage.rotate(pixels.astype(np.float32), degrees, axes=(2, 1), reshape=False, order=1)
    )


def light(factor: float) -> Trouble:
    """A lamp that is dimmer (below 1) or brighter; levels end at 255."""
    return lambda pixels, _: _levels(pixels * np.float32(factor))


def fog(levels: float) -> Trouble:
    """A dirty lens: black becomes gray of ``levels``, white stays white."""
    return lambda pixels, _: _levels(levels + pixels * np.float32((255 - levels) / 255))


def occlusion(edge: int) -> Trouble:
    """Something in front of the lens: a black square of ``edge`` pixels, elsewhere in each picture."""

    def cover(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        height, width = pixels.shape[1:]
        top = rng.integers(0, height - edge + 1, len(pixels))[:, None]
        left = rng.integers(0, width - edge + 1, len(pixels))[:, None]
        rows, columns = np.arange(height), np.arange(width)
        in_rows, in_columns = (rows >= top) & (rows < top + edge), (columns >= left) & (columns < left + edge)
        return np.where(in_rows[:, :, None] & in_columns[:, None, :], 0, pixels).astype(np.uint8)

    return cover


def upside_down(pixels: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """A camera hung the wrong way up: turned by 180 degrees, no level changed."""
    return pixels[:, ::-1, ::-1].copy()


def inversion(pixels: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """Black for white, as from a camera whose driver was exchanged."""
    return 255 - pixels


TROUBLES: dict[str, Trouble] = {
    "noise 20": noise(20),
    "noise 50": noise(50),
    "blur 1": blur(1),
    "blur 2": blur(2),
    "inversion": inversion,
    "rotation 15": rotation(15),
    "rotation 45": rotation(45),
    "upside down": upside_down,
    "light x0.5": light(0.5),
    "light x0.8": light(0.8),
    "light x1.3": light(1.3),
    "fog 40": fog(40),
    "occlusion 8": occlusion(8),
    "occlusion 14": occlusion(14),
}


def troubled(pixels: np.ndarray, name: str, seed: int = 0) -> np.ndarray:
    """``pixels`` with the trouble of that name in ``TROUBLES``; the same seed gives the same. Raises ``ValueError``."""
    if name not in TROUBLES:
        raise ValueError(f"no trouble {name!r}; there is {', '.join(TROUBLES)}")
    return TROUBLES[name](pixels, np.random.default_rng(seed))


def digits_as_pictures(count: int, seed: int = 0) -> np.ndarray:
    """A new class: ``count`` handwritten digits of scikit-learn's 1,797, as often as need be, made 28 pixels wide."""
    from sklearn.datasets import load_digits

    images = load_digits().images.astype(np.float32) * np.float32(255 / 16)
    large = _levels(ndimage.zoom(images, (1, 28 / 8, 28 / 8), order=1))
    return large[np.random.default_rng(seed).integers(0, len(large), count)]


def mixed(pixels: np.ndarray, odd: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """``pixels`` (n, 28, 28), in which those of ``odd``, as many, take a ``share`` of the places, drawn at random."""
    return np.where(np.random.default_rng(seed).random(len(pixels))[:, None, None] < share, odd, pixels)


def _levels(pixels: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
