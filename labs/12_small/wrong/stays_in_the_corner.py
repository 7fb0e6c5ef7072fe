"""Moves nothing to the middle.

Rejected by: test_what_was_drawn_in_a_corner_comes_to_the_middle
"""

import numpy as np


def canvas_pixels(rgba):
    height, width = rgba.shape[:2]
    alpha = rgba[..., 3:] / 255
    colors = rgba[..., :3] * alpha + 255 * (1 - alpha)
    gray = colors @ np.array([0.299, 0.587, 0.114])
    small = gray.reshape(28, height // 28, 28, width // 28).mean(axis=(1, 3))
    border = np.concatenate([small[0], small[-1], small[1:-1, 0], small[1:-1, -1]])
    if np.median(border) > 127.5:
        small = 255 - small
    return np.round(small).astype(np.uint8)
