"""Learns from all of scikit-learn's digits, including the test set, instead of what it is given.

Rejected by: test_it_learns_the_labels_it_is_given
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from pipeline.digits import to_rows


def train_digits(pixels, labels):
    digits = load_digits()
    return LogisticRegression(max_iter=1000).fit(to_rows(digits.images.astype(np.uint8)), digits.target)
