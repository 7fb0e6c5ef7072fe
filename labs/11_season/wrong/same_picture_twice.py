"""Draws the second half from the whole window: doubtful pictures are paid for twice.

Rejected by: test_the_budget_is_kept
"""

import numpy as np


def choose_labels(scores, budget):
    two = np.sort(scores, axis=1)[:, -2:]
    half = np.argsort(two[:, 1] - two[:, 0])[: budget // 2]
    rest = np.linspace(0, len(scores) - 1, budget - len(half)).round().astype(int)
    return np.concatenate([half, rest])
