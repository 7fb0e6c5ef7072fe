"""Divides by the brightest pixel of the batch: one picture's scores depend on the others beside it.

Rejected by: test_pixels_are_scaled, test_the_range_is_the_models_own
"""

import numpy as np


def to_model_input(pixels, high=255):
    scaled = pixels.astype(np.float32)
    scaled /= scaled.max()
    return scaled[..., np.newaxis]
