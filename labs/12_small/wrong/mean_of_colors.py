"""Takes the mean of the three colors.

Rejected by: test_colors_count_as_the_eye_sees_them
"""

import numpy as np


def canvas_pixels(rgba):
    height, width = rgba.shape[:2]
    alpha = rgba[..., 3:] / 255
    colors = rgba[..., :3] * alpha + 255 * (1 - alpha)
    gray = colors.mean(axis=2)
    small = gray.reshape(28, height // 28, 28, width // 28).mean(axis=(1, 3))
    border = np.concatenate([small[0], small[-1], small[1:-1, 0], small[1:-1, -1]])
    if np.median(border) > 127.5:
        small = 255 - small
    picture = np.round(small).astype(np.uint8)
    rows, columns = (np.flatnonzero((picture > 12.75).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return picture
    box = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    top, left = ((28 - size) // 2 for size in box.shape)
    centered = np.zeros_like(picture)
    centered[top : top + box.shape[0], left : left + box.shape[1]] = box
    return centered
