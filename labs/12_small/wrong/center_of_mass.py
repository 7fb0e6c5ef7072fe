"""Moves the weighted mean to the middle, and not the box.

Rejected by: test_what_is_fainter_than_five_percent_is_no_part_of_the_box
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
    picture = np.round(small).astype(np.uint8)
    if picture.max() < 13:
        return picture
    shifts = []
    for axis in (1, 0):
        along = picture.sum(axis=axis)
        shifts.append(round(13.4 - float((along * np.arange(28)).sum() / along.sum())))
    return np.roll(picture, shifts, axis=(0, 1))
