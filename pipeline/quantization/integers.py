"""Weights as small integers with a scale for each output, and integers of four bits as bytes.

The scheme is the one that LiteRT's quantization specification gives for weights: symmetric about zero, per axis
(ai.google.dev/edge/litert/models/quantization_spec, read in November 2026).
"""

from __future__ import annotations

import numpy as np


def quantize(weights: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Turn weights into integers of so many bits, with a scale for each output.

    ``weights``: float32, (outputs, ...), the outputs first. ``bits``: 2 to 8. Returns the integers, int8, of the same
    shape, and the scales, float32 (outputs,): an integer times the scale of its output is the weight again, or nearly.

    The integers go from -highest to highest, where highest is 127 for 8 bits, 7 for 4, and 1 for 2: there is one more
    below, which is left out, so that zero is in the middle. An output's scale is as small as it can be with none of its
    weights out of range. Each integer is the nearest one. An output whose weights are all zero has the scale 1.
    """
    highest = 2 ** (bits - 1) - 1
    largest = np.abs(weights).reshape(len(weights), -1).max(axis=1)
    scales = np.where(largest > 0, largest / highest, 1).astype(np.float32)
    integers = np.round(weights / _beside(scales, weights))
    return np.clip(integers, -highest, highest).astype(np.int8), scales


def restore(integers: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """What ``quantize`` has left of the weights: float32, of the shape of ``integers``."""
    return (integers * _beside(scales, integers)).astype(np.float32)


def _beside(scales: np.ndarray, values: np.ndarray) -> np.ndarray:
    return scales.reshape(-1, *[1] * (values.ndim - 1))


def pack(integers: np.ndarray) -> bytes:
    """Put integers of four bits into bytes, two into each.

    ``integers``: int8 of any shape, from -8 to 7. They are taken in the order of ``integers.ravel()``: the first goes
    into the lower four bits of the first byte, the second into its upper four, the third into the lower four of the
    second byte, and so on. If their number is odd, the last upper four bits are 0. A negative one is stored as itself
    plus 16, so -1 as 15. Raises ``ValueError`` if one of them needs more than four bits.
    """
    flat = integers.ravel()
    if flat.size and (flat.min() < -8 or flat.max() > 7):
        raise ValueError(f"the integers go from {flat.min()} to {flat.max()}; expected -8 to 7")
    halves = (flat & 15).astype(np.uint8)
    pairs = np.append(halves, np.zeros(halves.size % 2, np.uint8)).reshape(-1, 2)
    return (pairs[:, 0] | pairs[:, 1] << 4).tobytes()


def unpack(packed: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """The integers that ``pack`` was given, int8 of ``shape``."""
    both = np.frombuffer(packed, np.uint8)
    halves = np.stack([both & 15, both >> 4], axis=1).ravel()[: int(np.prod(shape))].astype(np.int8)
    return np.where(halves > 7, halves - 16, halves).astype(np.int8).reshape(shape)
