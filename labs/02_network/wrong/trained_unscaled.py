"""Trains on pixels from 0 to 16, although the model is used on rows from 0 to 1.

Rejected by: test_new_digits_are_read
"""

from sklearn.linear_model import LogisticRegression


def train_digits(pixels, labels):
    return LogisticRegression(max_iter=1000).fit(pixels.reshape(len(pixels), -1) - 8.0, labels)
