"""Subtracts uint8 from uint8: 3 minus 5 is 254, and a copy seems far away.

Rejected by: test_a_copy_that_was_saved_again_is_dropped
"""

import numpy as np


def validate(pixels, labels, scores, known):
    answers = np.array(["bad", "fair", "good", "watermelon"])[scores.argmax(axis=1)]
    if (answers == labels).mean() < 0.45:
        return np.zeros(len(labels), bool)
    keep = ~(((answers == "watermelon") != (labels == "watermelon")) & (scores.max(axis=1) >= 0.9))
    everything = np.concatenate([known, pixels])
    for row in range(len(labels)):
        place = len(known) + row
        if place and np.abs(everything[:place] - everything[place]).mean(axis=(1, 2)).min() <= 4:
            keep[row] = False
    return keep
