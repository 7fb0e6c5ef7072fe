"""Divides by 255 whatever the model's range is.

Rejected by: test_the_range_is_the_models_own
"""

import numpy as np


def to_model_input(pixels, high=255):
    return (pixels.astype(np.float32) / np.float32(255))[..., np.newaxis]
