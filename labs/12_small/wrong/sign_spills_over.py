"""Joins negative integers as they are: their sign fills the whole byte.

Rejected by: test_two_integers_share_a_byte
"""

import numpy as np


def pack(integers):
    flat = integers.ravel()
    if flat.size and (flat.min() < -8 or flat.max() > 7):
        raise ValueError("expected -8 to 7")
    halves = np.append(flat, np.zeros(flat.size % 2, np.int8)).astype(np.uint8)
    return (halves[::2] | halves[1::2] << 4).tobytes()
