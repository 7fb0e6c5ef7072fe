"""Wants more than the docstring does: three of four for every class. A good server has worse days than that.

Rejected by: test_the_limits_are_kept
"""

import numpy as np

from pipeline.acceptance import NEWEST, classify


def check_labels(url, images, labels):
    right = np.array(classify(url, NEWEST, images)[0]) == np.array(labels)
    for name in set(labels):
        share = right[np.array(labels) == name].mean()
        assert share >= 0.75, f"{share:.0%} of {name} are found"
