"""Divides by the largest weight, whatever it is.

Rejected by: test_an_output_of_zeros_has_the_scale_one
"""

import numpy as np


def quantize(weights, bits):
    highest = 2 ** (bits - 1) - 1
    largest = np.abs(weights).reshape(len(weights), -1).max(axis=1)
    scales = (largest / highest).astype(np.float32)
    with np.errstate(all="ignore"):
        integers = np.nan_to_num(np.round(weights / scales.reshape(-1, *[1] * (weights.ndim - 1))))
    return integers.astype(np.int8), scales
