"""An image file of any size, mode, orientation and background, made to look like the training data.

The steps are those by which Fashion-MNIST itself was made from shop photographs (Xiao et al. 2017,
section 2): trim, shrink the longer edge, centre, negate, grey.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from server.preprocessing import BadInput

MODES_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
TRIM_TOLERANCE = 0.05 * 255  # Xiao et al.: a corner's colour, give or take 5 % of the range
CALM_FROM = 56  # from this many pixels an edge on, a speck of dust or noise does not hold the trimming up


def read_pixels(source: Path | bytes, size: tuple[int, int] = (28, 28)) -> np.ndarray:
    """Read a PNG or JPEG, as a file or as its bytes, into uint8 pixels of shape ``size`` (height, width).

    Raises ``BadInput`` for anything that is not a whole PNG or JPEG, and ``FileNotFoundError``.
    """
    with open_picture(source) as picture:
        return to_pixels(picture, size)


def open_picture(source: Path | bytes) -> Image.Image:
    """Open and decode a PNG or JPEG. Raises ``BadInput`` and ``FileNotFoundError``."""
    try:
        picture = Image.open(BytesIO(source) if isinstance(source, bytes) else source, formats=("PNG", "JPEG"))
        picture.load()
        return picture
    except FileNotFoundError:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput("that is no whole PNG or JPEG image") from error


def to_pixels(picture: Image.Image, size: tuple[int, int] = (28, 28)) -> np.ndarray:
    """All steps in order; returns uint8 pixels of shape ``size`` (height, width), light on dark."""
    grey = to_grey(upright(picture))
    return np.asarray(centre(trim(light_on_dark(grey)), size))


def upright(picture: Image.Image) -> Image.Image:
    """Turn the picture as its EXIF orientation says: a phone stores it sideways and notes the turn."""
    return ImageOps.exif_transpose(picture)


def to_grey(picture: Image.Image) -> Image.Image:
    """Mode L, 0 black to 255 white. What is transparent becomes white, the paper that it is seen on."""
    if picture.mode.startswith("I"):  # 16 or 32 bits a pixel, of which converting to L would clip all but 8
        return _squeeze(picture)
    if picture.mode in MODES_WITH_ALPHA or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return picture.convert("L")


def _squeeze(picture: Image.Image) -> Image.Image:
    values = np.asarray(picture, dtype=np.float64)
    return Image.fromarray((values * 255 / 65535).clip(0, 255).round().astype(np.uint8))


def light_on_dark(grey: Image.Image) -> Image.Image:
    """Negate a picture whose object is darker than its ground, so that it is light on a dark ground."""
    darker = float(np.asarray(grey).mean()) < border_level(grey)
    return ImageOps.invert(grey) if darker else grey


def border_level(grey: Image.Image) -> float:
    """The median of the outermost pixels: the ground's level, whatever few of them the object touches."""
    pixels = np.asarray(grey)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return float(np.median(border))


def trim(grey: Image.Image) -> Image.Image:
    """Cut away the even border and make the ground black. A picture of one level stays as it is."""
    ground = border_level(grey)
    raised = grey.point(lambda level: max(0, level - ground) * 255 / max(1, 255 - ground))
    calm = raised.filter(ImageFilter.MedianFilter(3)) if min(raised.size) >= CALM_FROM else raised
    box = calm.point(lambda level: 255 if level > TRIM_TOLERANCE else 0).getbbox()
    return raised.crop(box) if box else raised


def centre(grey: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Fit the whole picture into ``size`` (height, width), its proportions kept, on black."""
    height, width = size
    return ImageOps.pad(grey, (width, height), Image.Resampling.LANCZOS, color=0)
