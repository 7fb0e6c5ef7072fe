"""Takes the second half from the beginning of the window: the oldest pictures.

Rejected by: test_the_other_half_is_like_the_rest
"""

import numpy as np


def choose_labels(scores, budget):
    budget = min(budget, len(scores))
    two = np.sort(scores, axis=1)[:, -2:]
    half = np.argsort(two[:, 1] - two[:, 0], kind="stable")[: budget // 2]
    rest = [row for row in range(len(scores)) if row not in set(half.tolist())]
    return np.array([*half, *rest[: budget - len(half)]], dtype=int)
