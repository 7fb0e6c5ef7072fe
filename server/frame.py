"""The frame of one color that a program puts around a picture: found by its straight edges, and removed.

``savefig`` leaves white around an image, a screenshot has bars above and below. Begin with ``unframed``, which
``server.pictures`` calls.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

SAME = 3  # levels: what JPEG makes of one color
OTHER = 24  # levels by which the picture's own background differs from its frame
STRAIGHT = 0.5  # of each side of the picture is not of the frame's color; the rest may be the object's
CORNER = 0.04  # of the shorter edge: a corner of this size is the picture's background
DRAWN = 0.05  # of the picture is not its background, or it is not a picture but an object with straight edges
LAYERS = 3  # a screenshot of a plot has two frames


def unframed(gray: Image.Image) -> Image.Image:
    """The picture (mode L) without its frames, or unchanged if it has none.

    A frame has one level in all four corners. Inside it is a rectangle with a background of another level, which
    reaches to its corners, and something on that. A garment, with its round corners, is not like that.
    """
    for _ in range(LAYERS):
        box = _held_by_frame(np.asarray(gray, dtype=np.int16))
        if box is None:
            return gray
        gray = gray.crop(box)
    return gray


def _held_by_frame(levels: np.ndarray) -> tuple[int, int, int, int] | None:
    corners = levels[[0, 0, -1, -1], [0, -1, 0, -1]]
    frame = np.median(corners)
    if np.abs(corners - frame).max() > SAME:
        return None
    other = np.abs(levels - frame) > OTHER
    rows, columns = (np.flatnonzero(other.mean(axis=axis) > STRAIGHT / 4) for axis in (1, 0))
    if not rows.size or not columns.size:
        return None
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    if (bottom - top, right - left) == levels.shape or not _is_frame(levels, frame, (top, bottom, left, right)):
        return None
    inside = levels[top + 1 : bottom - 1, left + 1 : right - 1]  # at the edge itself, a pixel may be a mixture
    return (left + 1, top + 1, right - 1, bottom - 1) if _is_picture(inside, frame) else None


def _is_frame(levels: np.ndarray, frame: float, box: tuple[int, int, int, int]) -> bool:
    top, bottom, left, right = box
    outside = np.ones(levels.shape, bool)
    outside[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = False
    return bool((np.abs(levels[outside] - frame) <= OTHER).all()) if outside.any() else False


def _is_picture(inside: np.ndarray, frame: float) -> bool:
    if min(inside.shape) < 8:
        return False
    other = np.abs(inside - frame) > OTHER
    edges = (other[0], other[-1], other[:, 0], other[:, -1])
    if min(float(edge.mean()) for edge in edges) < STRAIGHT:
        return False
    size = max(1, round(CORNER * min(inside.shape)))
    near, far = slice(0, size), slice(-size, None)
    corners = [inside[rows, columns] for rows in (near, far) for columns in (near, far)]
    ground = float(np.median([np.median(corner) for corner in corners]))
    whole = sum(float(np.median(np.abs(corner - ground))) < OTHER for corner in corners)
    return whole >= 3 and abs(ground - frame) > OTHER and float((np.abs(inside - ground) > OTHER).mean()) > DRAWN
