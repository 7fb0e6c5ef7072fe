"""Converts the numbers to uint8 before it checks the range: 256 becomes 0, and -1 becomes 255.

Rejected by: test_numbers_out_of_range_are_refused
"""

import numpy as np

from server.preprocessing import BadInput


def check_pixels(images, spec):
    try:
        pixels = np.array(images)
    except (ValueError, OverflowError) as error:
        raise BadInput("the rows differ in length") from error
    if pixels.ndim != 3 or pixels.shape[1:] != spec.shape or not len(pixels):
        raise BadInput(f"expected images of shape {spec.shape}")
    if pixels.dtype.kind not in "iu":
        raise BadInput("expected whole numbers; do not scale them")
    pixels = pixels.astype(np.uint8)
    if pixels.min() < spec.low or pixels.max() > spec.high:
        raise BadInput(f"expected pixels from {spec.low} to {spec.high}")
    return pixels
