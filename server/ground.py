"""The background of an object: its light, which may fall off to one side, and its grain, taken out of a picture.

A wall in a photograph is not an even white. Light falls from one side, a lens darkens the corners, a sensor adds noise.
The background is therefore taken to be a smooth surface, a polynomial of low order, which is fitted to the picture's
border by iteratively reweighted least squares (Tukey's biweight), so that an object that touches the border does not
bend it. Its grain is how much the border scatters about that surface, by the median absolute deviation.

Begin with ``even_out``; ``server.pictures`` calls it.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

EDGE = 160  # pixels: the surface is fitted to a picture whose longer edge has one to two of these
RING = 0.03  # of the shorter edge: the width of the border that is taken for background
ORDER = 2  # of the surface that is fitted to the border, where one of a higher order would not be determined
INNER_ORDER = 4  # a vignette is of fourth order; so is the fit to what the border's fit says is background
EVEN = 3.0  # levels by which a border of one level may vary
ROUNDS = 12  # of reweighting, after which nothing changes any more
START = 40.0  # levels: how far, to begin with, the light may fall from the middle of the background's levels
RIDGE = 1e-6  # keeps the equations solvable if few pixels have weight
REFINEMENTS = 3  # each finds a little more of the background
BLOCK = 10  # pixels: the edge of the blocks whose means follow what is left of the light
STEP = 4  # every fourth row and column of the inside is enough
TUKEY = 4.685  # 95 % as good as least squares if there is nothing but noise (Huber and Ronchetti 2009)
MOST_LIGHT = 110.0  # levels from the darkest to the lightest background: more is an object that was taken for it
LEAST_GROUND = 0.6  # of the border must be near the surface, or it is not background
LEAST_GRAIN = 1.0  # levels: rounding alone scatters nearly as much
NOISE = 4.5  # times the grain is no longer noise, among about 20,000 pixels
LEAST_STEP = 6.0  # levels by which an object differs from its background, however smooth that is


def even_out(gray: Image.Image) -> Image.Image:
    """The picture (mode L) on a background of one level, without its grain, and with a margin of one pixel of that
    level.

    What differs from the background by less than its grain becomes background, and so do specks. A picture whose border
    already has one level comes back unchanged, so nothing faint on it is lost. So does one whose border is mostly
    object.
    """
    small = gray.reduce(max(1, max(gray.size) // EDGE))
    levels = np.asarray(small, dtype=np.float64)
    if _is_even(levels):
        return gray
    surface, grain = ground_of(levels)
    if np.ptp(surface) > MOST_LIGHT or np.mean(np.abs(levels - surface)[_ring(levels.shape)] < START) < LEAST_GROUND:
        return gray
    level = int(np.median(surface).round().clip(0, 255))
    object_ = _outline(np.abs(levels - surface) > max(LEAST_STEP, NOISE * grain)).resize(gray.size)
    light = Image.fromarray((surface - level).astype(np.float32)).resize(gray.size, Image.Resampling.BICUBIC)
    evened = Image.fromarray((np.asarray(gray) - np.asarray(light)).clip(0, 255).round().astype(np.uint8))
    even = Image.composite(evened, Image.new("L", gray.size, level), object_)
    return ImageOps.expand(even, border=1, fill=level)


def _is_even(levels: np.ndarray) -> bool:
    """Whether the border has one level, except for what is on it."""
    values = levels[_ring(levels.shape)]
    distance = np.abs(values - np.median(values))
    near = np.count_nonzero(distance < START * 1.5)
    return bool(np.count_nonzero(distance < EVEN) > 0.97 * near)


def ground_of(levels: np.ndarray) -> tuple[np.ndarray, float]:
    """The background's surface, in the shape of ``levels`` (height, width), and its grain in levels."""
    rows, columns = (np.linspace(-1, 1, count) for count in levels.shape)
    ring = _ring(levels.shape)
    at, values = np.argwhere(ring), levels[ring]
    y, x = rows[at[:, 0]], columns[at[:, 1]]
    factors, grain = _fit(_terms(y, x, ORDER), values)
    surface = _surface(rows, columns, ORDER, factors)
    for _ in range(REFINEMENTS):
        inliers = np.abs(levels - surface) < NOISE * grain
        surface = _refined(levels, inliers)
        surface = surface + _local((levels - surface), inliers)
        grain = min(grain, max(LEAST_GRAIN, _scatter((levels - surface)[ring & inliers])))
    return surface, grain


def _local(residuals: np.ndarray, inliers: np.ndarray) -> np.ndarray:
    """What a low-order surface leaves of the background's light, such as the soft edge of a shadow: means of blocks."""
    blocks = tuple(max(1, count // BLOCK) for count in residuals.shape[::-1])
    share = _resized(inliers, blocks, Image.Resampling.BOX)
    means = _resized(residuals * inliers, blocks, Image.Resampling.BOX) / (share + 0.1)
    return _resized(means, residuals.shape[::-1], Image.Resampling.BICUBIC)


def _resized(values: np.ndarray, size: tuple[int, int], how: Image.Resampling) -> np.ndarray:
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize(size, how))


def _refined(levels: np.ndarray, inliers: np.ndarray) -> np.ndarray:
    """A surface of higher order, fitted to everything that is background by the first one."""
    rows, columns = (np.linspace(-1, 1, count) for count in levels.shape)
    at = np.argwhere(inliers[::STEP, ::STEP]) * STEP
    terms = _terms(rows[at[:, 0]], columns[at[:, 1]], INNER_ORDER)
    factors = _least_squares(terms, levels[at[:, 0], at[:, 1]], np.ones(len(at)))
    return _surface(rows, columns, INNER_ORDER, factors)


def _ring(shape: tuple[int, int]) -> np.ndarray:
    width = max(1, round(RING * min(shape)))
    ring = np.ones(shape, bool)
    ring[width:-width, width:-width] = False
    return ring


def _fit(terms: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, float]:
    """The factors of ``terms`` (n, k) that give ``values`` (n,) except for outliers, and the scatter about them."""
    fitted, scale, factors = np.full(len(values), _densest(values)), START, np.zeros(terms.shape[1])
    for _ in range(ROUNDS):
        weights = np.clip(1 - ((values - fitted) / (TUKEY * scale)) ** 2, 0, None) ** 2
        factors = _least_squares(terms, values, weights)
        fitted = terms @ factors
        scale = max(LEAST_GRAIN, min(scale, _scatter((values - fitted)[weights > 0])))
    return factors, scale


def _densest(values: np.ndarray) -> float:
    """The middle of the shortest interval with half of the values (the "shorth")."""
    ordered = np.sort(values)
    half = max(1, len(ordered) // 2)
    widths = ordered[half - 1 :] - ordered[: len(ordered) - half + 1]
    at = int(widths.argmin())
    return float(np.median(ordered[at : at + half]))


def _least_squares(terms: np.ndarray, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    weighed = terms.T * weights
    return np.linalg.solve(weighed @ terms + RIDGE * np.eye(terms.shape[1]), weighed @ values)


def _powers(order: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(order + 1) for j in range(order + 1 - i)]


def _terms(y: np.ndarray, x: np.ndarray, order: int) -> np.ndarray:
    return np.stack([y**i * x**j for i, j in _powers(order)], axis=1)


def _surface(rows: np.ndarray, columns: np.ndarray, order: int, factors: np.ndarray) -> np.ndarray:
    parts = zip(factors, _powers(order), strict=True)
    return sum(factor * np.outer(rows**i, columns**j) for factor, (i, j) in parts)


def _scatter(residuals: np.ndarray) -> float:
    """The standard deviation that corresponds to the median absolute deviation."""
    return 1.4826 * float(np.median(np.abs(residuals - np.median(residuals)))) if residuals.size else 0.0


def _outline(raised: np.ndarray) -> Image.Image:
    """Where the object is, as a mask in mode L: what is connected and more than a speck, and its soft edge."""
    mask = Image.fromarray((raised * 255).astype(np.uint8))
    if min(mask.size) < 56:
        return mask.filter(ImageFilter.MaxFilter(3))
    kept = mask.filter(ImageFilter.MinFilter(3))
    for _ in range(8):
        kept = ImageChops.darker(kept.filter(ImageFilter.MaxFilter(3)), mask)
    return kept.filter(ImageFilter.MaxFilter(3))
