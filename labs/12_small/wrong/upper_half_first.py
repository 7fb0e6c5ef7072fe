"""Puts the first integer into the upper half of the byte.

Rejected by: test_two_integers_share_a_byte, test_every_array_comes_back
"""

import numpy as np


def pack(integers):
    flat = integers.ravel()
    if flat.size and (flat.min() < -8 or flat.max() > 7):
        raise ValueError("expected -8 to 7")
    halves = np.append(flat & 15, np.zeros(flat.size % 2, np.int8)).astype(np.uint8)
    return (halves[::2] << 4 | halves[1::2]).tobytes()
