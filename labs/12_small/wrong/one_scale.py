"""Uses one scale for all outputs: those with small weights get the middle mark alone.

Rejected by: test_an_integer_is_the_weight_again, test_the_largest_weight_is_the_highest_integer
"""

import numpy as np


def quantize(weights, bits):
    highest = 2 ** (bits - 1) - 1
    scale = np.abs(weights).max() / highest
    integers = np.round(weights / scale).astype(np.int8)
    return integers, np.full(len(weights), scale, np.float32)
