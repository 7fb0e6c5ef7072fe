"""Inverts every picture, since photographs are dark on light.

Rejected by: test_light_on_dark_stays
"""

from PIL import ImageOps


def light_on_dark(gray):
    return ImageOps.invert(gray)
