"""Checks shape and range but not the type, so pixels that were scaled before they were sent pass.

Rejected by: test_floats_are_refused
"""

import numpy as np

from server.preprocessing import BadInput


def check_pixels(images, spec):
    try:
        pixels = np.array(images, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput("these are not all numbers") from error
    if pixels.ndim != 3 or pixels.shape[1:] != spec.shape or not len(pixels):
        raise BadInput(f"expected images of shape {spec.shape}")
    if pixels.min() < spec.low or pixels.max() > spec.high:
        raise BadInput(f"expected pixels from {spec.low} to {spec.high}")
    return pixels.astype(np.uint8)
