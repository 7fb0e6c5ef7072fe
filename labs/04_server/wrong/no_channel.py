"""Leaves out the axis of the channel, which Keras forgives and an exported model does not.

Rejected by: test_the_model_gets_its_shape_and_type
"""

import numpy as np


def to_model_input(pixels, high=255):
    return pixels.astype(np.float32) / np.float32(high)
