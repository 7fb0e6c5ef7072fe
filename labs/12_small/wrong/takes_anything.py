"""Cuts what does not fit down to four bits without a word.

Rejected by: test_an_integer_of_more_than_four_bits_is_refused
"""

import numpy as np


def pack(integers):
    flat = integers.ravel()
    halves = np.append(flat & 15, np.zeros(flat.size % 2, np.int8)).astype(np.uint8)
    return (halves[::2] | halves[1::2] << 4).tobytes()
