"""Cuts off the digits behind the point and does not round.

Rejected by: test_an_integer_is_the_weight_again
"""

import numpy as np


def quantize(weights, bits):
    highest = 2 ** (bits - 1) - 1
    largest = np.abs(weights).reshape(len(weights), -1).max(axis=1)
    scales = np.where(largest > 0, largest / highest, 1).astype(np.float32)
    integers = weights / scales.reshape(-1, *[1] * (weights.ndim - 1)) * 1.000001
    return integers.astype(np.int8), scales
