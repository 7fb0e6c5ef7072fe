"""Takes the largest weight, and forgets that a negative one may be larger.

Rejected by: test_an_integer_is_the_weight_again
"""

import numpy as np


def quantize(weights, bits):
    highest = 2 ** (bits - 1) - 1
    largest = weights.reshape(len(weights), -1).max(axis=1)
    scales = np.where(largest > 0, largest / highest, 1).astype(np.float32)
    integers = np.round(weights / scales.reshape(-1, *[1] * (weights.ndim - 1)))
    return np.clip(integers, -highest, highest).astype(np.int8), scales
