"""Looks at single pictures alone; a batch with good and bad swapped has nothing wrong with any of them.

Rejected by: test_a_poisoned_batch_is_refused_and_a_new_kind_is_not
"""

import numpy as np


def validate(pixels, labels, scores, known):
    answers = np.array(["bad", "fair", "good", "watermelon"])[scores.argmax(axis=1)]
    keep = ~(((answers == "watermelon") != (labels == "watermelon")) & (scores.max(axis=1) >= 0.9))
    everything = np.concatenate([known, pixels]).astype(float)
    for row in range(len(labels)):
        place = len(known) + row
        if place and np.abs(everything[:place] - everything[place]).mean(axis=(1, 2)).min() <= 4:
            keep[row] = False
    return keep
