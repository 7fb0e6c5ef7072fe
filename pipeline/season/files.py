"""Image files as people send them: PNG and JPEG, five modes, turned by their EXIF data, some of low quality."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter

ORIENTATION = 0x0112  # of EXIF: how to turn the stored pixels so that they are upright
UPRIGHT = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
MODES = ("RGB", "RGBA", "L", "P", "CMYK")
TINY = 20  # pixels
SIZES = (48, 80)  # pixels per edge, of a picture of ordinary quality


def size_of(random: np.random.Generator) -> int:
    """How many pixels per edge a picture has: many are small, few large."""
    return round(SIZES[0] * (SIZES[1] / SIZES[0]) ** random.random())


def worsen(random: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """The same picture, uint8 (height, width, 3), in low quality: blurred, tiny or dark."""
    how = random.integers(3)
    image = Image.fromarray(picture)
    if how == 0:
        return np.asarray(image.filter(ImageFilter.GaussianBlur(image.width / 14)))
    if how == 1:
        return np.asarray(image.resize((TINY, TINY)))
    return (picture * 0.2).astype(np.uint8)


def encode(random: np.random.Generator, picture: np.ndarray) -> bytes:
    """A PNG or JPEG file of a picture, uint8 (height, width, 3), in a mode and an orientation drawn by ``random``."""
    mode = str(random.choice(MODES, p=(0.5, 0.12, 0.12, 0.12, 0.14)))
    image = Image.fromarray(picture).convert(mode)
    if mode in {"RGBA", "P"}:
        return _saved(image, "PNG")
    turn = int(random.choice(list(UPRIGHT)))
    if UPRIGHT[turn] is not None:
        image = image.transpose(UPRIGHT[turn])
    exif = Image.Exif()
    exif[ORIENTATION] = turn
    return _saved(image, "JPEG", quality=90, exif=exif)


def media_type(content: bytes) -> str:
    """What the ``Content-Type`` of a request with this file says."""
    return "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"


def near_copy(random: np.random.Generator, content: bytes) -> bytes:
    """The same picture saved again as a JPEG: other bytes, levels that differ a little, nothing new in it."""
    image = Image.open(BytesIO(content))
    flat = Image.new("RGB", image.size, "white")
    layer = image.convert("RGBA")
    flat.paste(layer, mask=layer)
    return _saved(flat, "JPEG", quality=int(random.integers(88, 96)), exif=image.getexif())


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
