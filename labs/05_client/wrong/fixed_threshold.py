"""Compares the mean with the middle of the range, so that an object on light gray is inverted.

Rejected by: test_light_on_dark_stays
"""

import numpy as np
from PIL import ImageOps


def light_on_dark(gray):
    return ImageOps.invert(gray) if np.asarray(gray).mean() > 127 else gray
