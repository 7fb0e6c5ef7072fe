"""Knows a copy by its bytes: one that was saved again gets in.

Rejected by: test_a_copy_that_was_saved_again_is_dropped
"""

import numpy as np


def validate(pixels, labels, scores, known):
    answers = np.array(["bad", "fair", "good", "watermelon"])[scores.argmax(axis=1)]
    if (answers == labels).mean() < 0.45:
        return np.zeros(len(labels), bool)
    keep = ~(((answers == "watermelon") != (labels == "watermelon")) & (scores.max(axis=1) >= 0.9))
    seen = {picture.tobytes() for picture in known}
    for row, picture in enumerate(pixels):
        keep[row] &= picture.tobytes() not in seen
        seen.add(picture.tobytes())
    return keep
