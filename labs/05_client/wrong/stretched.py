"""Stretches the picture to the size.

Rejected by: test_proportions_are_kept
"""

from PIL import Image


def center(gray, size):
    return gray.resize((size[1], size[0]), Image.Resampling.LANCZOS)
