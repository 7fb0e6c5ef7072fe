"""What a web page does around its model: pixels of a canvas in, weights out of a text. In Python, to be compared.

The text is that of TensorFlow.js 4.22: weights one after the other, little-endian, described by a list of ``specs``
(``io.WeightsManifestEntry`` in its API reference, read in November 2026), here as base64, so that a page can hold it.
"""

from __future__ import annotations

import base64
import math

import numpy as np

EDGE = 28
FAINT = 0.05 * 255  # up to which a level counts as background, as in ``server.pictures``
STORED = {"float32": "<f4", "int32": "<i4", "float16": "<f2", "uint8": "<u1", "uint16": "<u2"}


def canvas_pixels(rgba: np.ndarray) -> np.ndarray:
    """Turn what somebody has drawn on a canvas into a picture like those that the model was trained on.

    ``rgba``: uint8 (height, width, 4), as ``getImageData`` gives it: red, green, blue, and alpha, which is 0 where the
    canvas is transparent and 255 where it is not. Both edges are multiples of 28. Returns uint8 (28, 28).

    In this order: lay it on white paper, so that each color counts for ``alpha / 255`` of itself and white for the
    rest; turn it gray, 0.299 red + 0.587 green + 0.114 blue; take the mean of each block, 28 by 28 of them; if the
    median of the outermost pixels is above 127.5, invert it (255 minus each); round. Then move it by whole
    rows and columns, so that the box of all pixels above 5 % of 255 has as much room above it as below and as much to
    the left as to the right; of an odd number, one less above and to the left. What was outside the box is not moved
    along: around the box everything is 0. A picture without such a pixel stays as it is.
    """
    height, width = rgba.shape[:2]
    alpha = rgba[..., 3:] / 255
    colors = rgba[..., :3] * alpha + 255 * (1 - alpha)
    gray = colors @ np.array([0.299, 0.587, 0.114])
    small = gray.reshape(EDGE, height // EDGE, EDGE, width // EDGE).mean(axis=(1, 3))
    border = np.concatenate([small[0], small[-1], small[1:-1, 0], small[1:-1, -1]])
    if np.median(border) > 127.5:
        small = 255 - small
    return _centered(np.round(small).astype(np.uint8))


def _centered(picture: np.ndarray) -> np.ndarray:
    rows, columns = (np.flatnonzero((picture > FAINT).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return picture
    box = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    top, left = ((EDGE - size) // 2 for size in box.shape)
    centered = np.zeros_like(picture)
    centered[top : top + box.shape[0], left : left + box.shape[1]] = box
    return centered


def read_weights(specs: list[dict], text: str) -> dict[str, np.ndarray]:
    """Read the weights that a page has, by their names, from a list that describes them and a text that holds them.

    ``text``: the bytes of all weights, one after the other in the order of ``specs``, as base64. Each of ``specs`` has
    ``name``, ``shape`` and ``dtype``, which is ``float32`` or ``int32``: four bytes for each number, the lowest byte
    first. A spec may have ``quantization``, too, with a ``dtype`` of its own, in which the numbers are stored:
    ``float16``, two bytes each; or ``uint8`` or ``uint16``, one or two bytes each, with ``scale`` and ``min``. A number
    of the last two is worth itself times ``scale`` plus ``min``.

    Returns arrays of ``shape`` and ``dtype``. Raises ``ValueError`` if the text has more bytes or fewer than the specs
    say.
    """
    content = base64.b64decode(text)
    weights, start = {}, 0
    for spec in specs:
        stored = np.dtype(STORED[spec.get("quantization", spec)["dtype"]])
        end = start + math.prod(spec["shape"]) * stored.itemsize
        if end > len(content):
            raise ValueError(f"the text ends within {spec['name']}; expected {end:,} bytes or more")
        numbers = np.frombuffer(content[start:end], stored)
        weights[spec["name"]] = _worth(numbers, spec).reshape(spec["shape"])
        start = end
    if start != len(content):
        raise ValueError(f"the text has {len(content):,} bytes; the specs are of {start:,}")
    return weights


def _worth(numbers: np.ndarray, spec: dict) -> np.ndarray:
    quantization = spec.get("quantization", {})
    if "scale" in quantization:
        numbers = numbers * quantization["scale"] + quantization["min"]
    return numbers.astype(spec["dtype"])


def write_weights(weights: dict[str, np.ndarray]) -> tuple[list[dict], str]:
    """The same back: the specs and the text of float32 weights."""
    specs = [{"name": name, "shape": list(one.shape), "dtype": "float32"} for name, one in weights.items()]
    content = b"".join(one.astype("<f4").tobytes() for one in weights.values())
    return specs, base64.b64encode(content).decode()
