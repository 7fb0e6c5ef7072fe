"""Pictures that are no clothes, drawn by a seeded generator: what somebody always sends.

A gate learns from some kinds of them and is measured on others, because what it says of kinds that it has learned from
tells nothing of the rest of the world. Nothing is downloaded.
"""

from __future__ import annotations

import numpy as np

SIDE = 28  # of every picture, in pixels
PATCH = 7  # a side of a patch of the shuffled clothes, in pixels


def digits(number: int, rng: np.random.Generator, images: np.ndarray) -> np.ndarray:
    """Some of scikit-learn's digits, uint8 ``images`` (n, 8, 8) from 0 to 16, as large as clothes are."""
    from scipy.ndimage import zoom

    chosen = images[rng.integers(len(images), size=number)] / 16 * 255
    large = zoom(chosen, (1, SIDE / 8, SIDE / 8), order=1)
    return large.clip(0, 255).astype(np.uint8)


def noise(number: int, rng: np.random.Generator) -> np.ndarray:
    """Each pixel for itself, up to a brightness that each picture has."""
    brightest = rng.integers(40, 256, (number, 1, 1))
    return (rng.random((number, SIDE, SIDE)) * brightest).astype(np.uint8)


def blobs(number: int, rng: np.random.Generator) -> np.ndarray:
    """Soft clouds, from black to white."""
    from scipy.ndimage import gaussian_filter

    widths = rng.uniform(1.5, 6, number)
    clouds = np.stack([gaussian_filter(rng.standard_normal((SIDE, SIDE)), width) for width in widths])
    low, high = clouds.min((1, 2), keepdims=True), clouds.max((1, 2), keepdims=True)
    return ((clouds - low) / (high - low) * 255).astype(np.uint8)


def plain(number: int, rng: np.random.Generator) -> np.ndarray:
    """One gray all over, with hardly any grain."""
    gray = rng.integers(0, 256, (number, 1, 1))
    grain = rng.normal(0, 3, (number, SIDE, SIDE))
    return (gray + grain).clip(0, 255).astype(np.uint8)


def shuffled(number: int, rng: np.random.Generator, clothes: np.ndarray) -> np.ndarray:
    """Clothes, uint8 (n, 28, 28), cut into sixteen patches that have changed places."""
    chosen = clothes[rng.integers(len(clothes), size=number)]
    across = SIDE // PATCH
    patches = chosen.reshape(number, across, PATCH, across, PATCH).swapaxes(2, 3).reshape(number, -1, PATCH, PATCH)
    mixed = np.stack([picture[rng.permutation(len(picture))] for picture in patches])
    return mixed.reshape(number, across, across, PATCH, PATCH).swapaxes(2, 3).reshape(number, SIDE, SIDE)


def shapes(number: int, rng: np.random.Generator) -> np.ndarray:
    """Ellipses, rings and three- to six-sided figures on black, each of one gray."""
    along, across = _turned(number, rng)
    length, width = rng.uniform(5, 13, (number, 1, 1)), rng.uniform(5, 13, (number, 1, 1))
    round_ones = (along / length) ** 2 + (across / width) ** 2
    inner = rng.choice([0, 0.3, 0.6], (number, 1, 1))
    sides = rng.integers(3, 7, (number, 1, 1))
    angle = np.arctan2(across, along) % (2 * np.pi / sides) - np.pi / sides
    angular = np.hypot(along, across) * np.cos(angle) <= length * np.cos(np.pi / sides)
    inside = np.where(rng.random((number, 1, 1)) < 0.5, (round_ones <= 1) & (round_ones >= inner), angular)
    return (inside * rng.integers(60, 256, (number, 1, 1))).astype(np.uint8)


def melons(number: int, rng: np.random.Generator) -> np.ndarray:
    """Ellipses on black, with the stripes of a watermelon."""
    along, across = _turned(number, rng)
    length, width = rng.uniform(8, 13, (number, 1, 1)), rng.uniform(6, 10, (number, 1, 1))
    inside = (along / length) ** 2 + (across / width) ** 2 <= 1
    phase, often = rng.uniform(0, np.pi, (number, 1, 1)), rng.uniform(0.8, 2, (number, 1, 1))
    stripes = 0.6 + 0.4 * np.sin(across * often + phase)
    return (inside * stripes * rng.integers(120, 256, (number, 1, 1))).astype(np.uint8)


def _turned(number: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """For each picture the distance of its pixels from two axes through its middle, which is about the frame's."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    right, down = rng.uniform(-3, 3, (2, number, 1, 1))
    tilt = rng.uniform(0, np.pi, (number, 1, 1))
    x, y = x - right, y - down
    return x * np.cos(tilt) + y * np.sin(tilt), y * np.cos(tilt) - x * np.sin(tilt)


def photographs(number: int, rng: np.random.Generator) -> np.ndarray:
    """Squares cut out of scikit-learn's two photographs, a temple and a flower, in gray."""
    from PIL import Image
    from sklearn.datasets import load_sample_images

    pictures = [Image.fromarray(picture).convert("L") for picture in load_sample_images().images]
    cut = []
    for _ in range(number):
        picture, side = pictures[rng.integers(len(pictures))], int(rng.integers(40, 250))
        left, top = rng.integers(picture.width - side), rng.integers(picture.height - side)
        square = picture.crop((left, top, left + side, top + side)).resize((SIDE, SIDE))
        cut.append(np.asarray(square))
    return np.stack(cut)


def inverted(pictures: np.ndarray) -> np.ndarray:
    """Black on white in place of white on black."""
    return 255 - pictures


# What can be drawn from nothing but chance, of the kinds that a gate learns from.
DRAWN = (noise, blobs, plain, shapes)
