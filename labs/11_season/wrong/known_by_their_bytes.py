"""Measures distances within the batch, and knows what is kept already by its bytes: a copy saved again gets in.

Rejected by: test_a_copy_that_was_saved_again_is_dropped
"""

import numpy as np


def validate(pixels, labels, scores, known):
    answers = np.array(["bad", "fair", "good", "watermelon"])[scores.argmax(axis=1)]
    if (answers == labels).mean() < 0.45:
        return np.zeros(len(labels), bool)
    keep = ~(((answers == "watermelon") != (labels == "watermelon")) & (scores.max(axis=1) >= 0.9))
    seen = {picture.tobytes() for picture in known}
    levels = pixels.astype(float)
    for row in range(len(labels)):
        far = np.abs(levels[:row] - levels[row]).mean(axis=(1, 2))
        keep[row] &= pixels[row].tobytes() not in seen and far.min(initial=255) > 4
    return keep
