"""Counts 128 marks, of which the highest has no place in a signed byte.

Rejected by: test_the_largest_weight_is_the_highest_integer
"""

import numpy as np


def quantize(weights, bits):
    highest = 2 ** (bits - 1)
    largest = np.abs(weights).reshape(len(weights), -1).max(axis=1)
    scales = np.where(largest > 0, largest / highest, 1).astype(np.float32)
    integers = np.round(weights / scales.reshape(-1, *[1] * (weights.ndim - 1)))
    return np.clip(integers, -highest, highest - 1).astype(np.int8), scales
