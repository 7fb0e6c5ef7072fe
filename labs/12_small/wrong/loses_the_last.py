"""Makes pairs, and of an odd number the last has no partner.

Rejected by: test_every_array_comes_back
"""

import numpy as np


def pack(integers):
    flat = integers.ravel()
    if flat.size and (flat.min() < -8 or flat.max() > 7):
        raise ValueError("expected -8 to 7")
    halves = (flat & 15).astype(np.uint8)
    even = halves.size // 2 * 2
    return (halves[:even:2] | halves[1:even:2] << 4).tobytes()
