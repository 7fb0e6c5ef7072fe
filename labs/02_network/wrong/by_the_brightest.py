"""Divides the digits by the brightest pixel of the batch.

Rejected by: test_the_digits_are_scaled
"""

from server.preprocessing import to_model_input


def to_rows(pixels):
    return to_model_input(pixels, pixels.max()).reshape(len(pixels), -1)
