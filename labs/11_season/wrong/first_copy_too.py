"""Drops every picture that has a copy, the first one, too.

Rejected by: test_a_copy_is_dropped
"""

import numpy as np


def validate(pixels, labels, scores, known):
    answers = np.array(["bad", "fair", "good", "watermelon"])[scores.argmax(axis=1)]
    if (answers == labels).mean() < 0.45:
        return np.zeros(len(labels), bool)
    keep = ~(((answers == "watermelon") != (labels == "watermelon")) & (scores.max(axis=1) >= 0.9))
    everything = np.concatenate([known, pixels]).astype(float)
    for row, picture in enumerate(pixels.astype(float)):
        alike = np.abs(everything - picture).mean(axis=(1, 2)) <= 4
        keep[row] &= alike.sum() == 1
    return keep
