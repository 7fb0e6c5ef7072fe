"""Divides before it sets the type, and gets float64.

Rejected by: test_the_model_gets_its_shape_and_type
"""

import numpy as np


def to_model_input(pixels, high=255):
    return (pixels / high)[..., np.newaxis]
