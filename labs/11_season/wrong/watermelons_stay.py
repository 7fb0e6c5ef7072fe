"""Looks for copies and poison, and lets watermelons be good pumpkins.

Rejected by: test_a_watermelon_that_is_called_a_pumpkin_is_dropped
"""

import numpy as np


def validate(pixels, labels, scores, known):
    answers = np.array(["bad", "fair", "good", "watermelon"])[scores.argmax(axis=1)]
    keep = np.full(len(labels), (answers == labels).mean() >= 0.45)
    everything = np.concatenate([known, pixels]).astype(float)
    for row in range(len(labels)):
        place = len(known) + row
        if place and np.abs(everything[:place] - everything[place]).mean(axis=(1, 2)).min() <= 4:
            keep[row] = False
    return keep
