"""Pixels in, model input out: the one place where it happens, for training and for serving."""

from __future__ import annotations

import numpy as np

from server.model_card import InputSpec


class BadInput(ValueError):
    """The pixels cannot be used. The message is for the sender: what was wrong, what was expected."""


def to_model_input(pixels: np.ndarray, high: int = 255) -> np.ndarray:
    """Scale whole-number pixels to 0..1 and add the channel axis.

    ``pixels``: shape (n, height, width), values from 0 to ``high``. Returns float32, shape (n, height, width, 1).
    """
    scaled = pixels.astype(np.float32) / np.float32(high)
    return scaled[..., np.newaxis]


def to_range(pixels: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Pixels from 0 to 255, as in a picture, turned into the range of ``spec``; uint8, of the same shape."""
    if (spec.low, spec.high) == (0, 255):
        return pixels
    return np.round(spec.low + pixels / 255 * (spec.high - spec.low)).astype(np.uint8)


def check_pixels(images: object, spec: InputSpec) -> np.ndarray:
    """Turn a batch of nested lists, as JSON carries them, into pixels that fit ``spec``.

    Returns uint8, shape (n, height, width) with n at least 1. Raises ``BadInput``: for a wrong shape, for anything but
    whole numbers, and for numbers out of range. Floats are refused, because they are the mark of pixels that were
    scaled before they were sent; scaled again, they would give a confident wrong answer.
    """
    packed = _pack(images, spec)
    if packed is not None:
        return packed
    height, width = spec.shape
    expected = f"expected {height} rows of {width} whole numbers from {spec.low} to {spec.high}"
    # As objects, because NumPy would otherwise make room for the longest text in place of every number.
    pixels = np.array(images, dtype=object)
    kinds = set(map(type, pixels.ravel()))
    if list in kinds:
        raise BadInput(f"the rows are not all of the same length; {expected}")
    if pixels.ndim != 3 or pixels.shape[1:] != (height, width):
        raise BadInput(f"{_describe_shape(pixels, (height, width))}; {expected}")
    if not kinds <= {int, float}:
        raise BadInput(f"the pixels are not all numbers; {expected}")
    if float in kinds and pixels.max() > 2**63:  # JSON readers return whole numbers of that size as floats
        raise BadInput(f"the pixels go up to {pixels.max():g}; {expected}")
    if float in kinds:
        raise BadInput(f"the pixels are floating-point numbers; {expected}: do not scale them, the server does")
    smallest, largest = pixels.min(), pixels.max()
    if smallest < spec.low or largest > spec.high:
        raise BadInput(f"the pixels go from {smallest} to {largest}; {expected}")
    return pixels.astype(np.uint8)


def _pack(images: object, spec: InputSpec) -> np.ndarray | None:
    """The fast way for pixels as they should be; None if anything needs a closer look.

    ``bytes`` checks and packs a row in one go, in C: it takes whole numbers from 0 to 255 and nothing else. Only true
    and false pass as 1 and 0, so a batch with no number above 1 is checked again.
    """
    height, width = spec.shape
    try:
        rows = [row for image in images for row in image]
        if set(map(len, images)) != {height} or set(map(len, rows)) != {width}:
            return None
        if set(map(type, rows)) != {list}:  # from an array, ``bytes`` would take the memory, floats and all
            return None
        pixels = np.frombuffer(b"".join(map(bytes, rows)), np.uint8).reshape(-1, height, width)
    except (TypeError, ValueError):
        return None
    in_range = 1 < pixels.max() <= spec.high and (spec.low == 0 or spec.low <= pixels.min())
    return pixels if in_range else None


def _describe_shape(pixels: np.ndarray, one: tuple[int, int]) -> str:
    if pixels.ndim == 0:
        return "that is not a list of rows"
    if pixels.shape[0] == 0:
        return "there is no image"
    if pixels.ndim == 1:
        return "an image is not a list of rows"
    if pixels.shape in (one, (*one, 1)):
        return "that is one image; expected a list of images"
    if pixels.shape[1:] == (*one, 1):
        return f"each image has the shape {pixels.shape[1:]}, with one axis too many at the end"
    return f"each image has the shape {pixels.shape[1:]}"
