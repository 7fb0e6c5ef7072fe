"""Stops after two steps and ignores the warning.

Rejected by: test_new_digits_are_read
"""

from sklearn.linear_model import LogisticRegression

from pipeline.digits import to_rows


def train_digits(pixels, labels):
    return LogisticRegression(max_iter=2).fit(to_rows(pixels), labels)
