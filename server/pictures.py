"""An image file of any size, mode and orientation, on a plain background, made to look like the training data.

The steps are those by which Fashion-MNIST itself was made from shop photographs (Xiao et al. 2017, section 2): trim,
shrink the longer edge, center, invert, gray. Before that, a frame of one color is removed (``server.frame``), and the
light and the grain of the background are taken out (``server.ground``).

What it cannot read: several objects, one that is cut off, one as light as its background, a background with a pattern,
a shadow with a hard edge, and colors that do not get lighter as the levels rise, such as those of matplotlib's ``jet``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from server.frame import unframed
from server.ground import even_out
from server.preprocessing import BadInput

# A few kilobytes of PNG unpack to gigabytes of pixels. The limit is more than a camera of 24 megapixels takes; reading
# that many takes up to 250 MB and a second or two.
MAX_PIXELS = 40_000_000
MAX_EDGE = 65_535  # pixels, as of a JPEG. A picture that is one pixel wide takes twelve bytes for each in memory
# Photographs have about ten scans. Each is a pass over the whole picture, and an empty one takes about twenty bytes; a
# picture of a few pixels may have as many of them as it likes, up to this.
MAX_SCANS = 100
MAX_SCANNED = 12 * MAX_PIXELS  # pixels times scans
START_OF_SCAN = b"\xff\xda"
# Other formats that are often sent. Each format that is opened is one more decoder that a forged file can attack.
NOT_WHOLE = "no whole PNG or JPEG image"
CURE = "expected PNG or JPEG: save it as one of them"
OTHERS = {
    f"a WebP image; {CURE}": re.compile(rb"RIFF....WEBP", re.DOTALL),
    f"a GIF image; {CURE}": re.compile(rb"GIF8"),
    f"a TIFF image; {CURE}": re.compile(rb"II\*\0|MM\0\*"),
    f"a BMP image; {CURE}": re.compile(rb"BM"),
    f"an AVIF image; {CURE}": re.compile(rb"....ftypavi[fs]", re.DOTALL),
    f"a HEIC image, as some phones take them; {CURE}": re.compile(rb"....ftyp(hei|hev|mif|msf)", re.DOTALL),
    f"an SVG drawing; {CURE}": re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<svg", re.DOTALL),
    f"a PDF; {CURE}": re.compile(rb"%PDF"),
    "empty": re.compile(rb"\Z"),
}
EDGE = 1024  # pixels: a larger picture is shrunk before the steps that look at it, so that they take no time
BAND = 256  # rows that are turned gray at a time
MODES_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
READY = 0.03  # of a test image of Fashion-MNIST is black; the fullest of them has 0.05
TRIM_TOLERANCE = 0.05 * 255  # Xiao et al.: a corner's color, give or take 5 % of the range
CALM_FROM = 56  # pixels per edge, from which on a speck of dust or noise does not stop the trimming


def read_pixels(source: Path | bytes, size: tuple[int, int] = (28, 28)) -> np.ndarray:
    """Read a PNG or JPEG, as a file or as its bytes, into uint8 pixels of shape ``size`` (height, width).

    If a file has several pictures, the first counts. Raises ``BadInput`` for anything that is not a whole PNG or JPEG
    and for more than ``MAX_PIXELS``, and ``FileNotFoundError``.
    """
    return read_batch([source], size)[0]


def read_batch(sources: list[Path | bytes], size: tuple[int, int] = (28, 28)) -> np.ndarray:
    """Read several pictures, as ``read_pixels`` does, into uint8 pixels of shape (n, height, width).

    ``MAX_PIXELS`` is the limit for all of them together, and is checked before the first is decoded. The message of a
    ``BadInput`` says which of several pictures it was.
    """
    contents = [source if isinstance(source, bytes) else source.read_bytes() for source in sources]
    pictures = [_told(number, len(contents), _opened, content) for number, content in enumerate(contents, start=1)]
    count = sum(picture.width * picture.height for picture in pictures)
    if count > MAX_PIXELS:
        raise BadInput(f"there are {count:,} pixels to read; expected at most {MAX_PIXELS:,} in all: shrink the image")
    decoded = (_told(number, len(pictures), _decoded, picture) for number, picture in enumerate(pictures, start=1))
    return np.stack([to_pixels(picture, size) for picture in decoded])


def _told(number: int, count: int, step: Callable, what: object) -> Image.Image:
    try:
        return step(what)
    except BadInput as error:
        raise BadInput(f"picture {number} of {count}: {error}" if count > 1 else str(error)) from error


def _opened(content: bytes) -> Image.Image:
    """A picture with only its head read: its format and size."""
    with _unreadable_is_bad_input(next((kind for kind, begins in OTHERS.items() if begins.match(content)), NOT_WHOLE)):
        picture = Image.open(BytesIO(content), formats=("PNG", "JPEG"))
    if max(picture.size) > MAX_EDGE:
        raise BadInput(
            f"the picture has {picture.width:,} x {picture.height:,} pixels; expected edges up to {MAX_EDGE:,}"
        )
    scans = content.count(START_OF_SCAN) if picture.format == "JPEG" else 1
    if scans > MAX_SCANS or scans * picture.width * picture.height > MAX_SCANNED:
        raise BadInput(f"that JPEG image has {scans:,} scans, too many for its size: save it again")
    return picture


def _decoded(picture: Image.Image) -> Image.Image:
    factor = _shrinking(picture)
    with _unreadable_is_bad_input():
        # A JPEG can be decoded at 1/2 to 1/8 of its size; one that is thousands of pixels long and one wide stays one
        # wide.
        picture.draft(None, (max(1, picture.width // factor), max(1, picture.height // factor)))
        picture.load()
    return picture


@contextmanager
def _unreadable_is_bad_input(told: str = NOT_WHOLE) -> Iterator[None]:
    try:
        yield
    except Image.DecompressionBombError as error:
        raise BadInput(f"there are too many pixels to read; expected at most {MAX_PIXELS:,} in all") from error
    except (OSError, SyntaxError, ValueError) as error:
        if "text chunk" in str(error).lower().replace("_", " "):
            raise BadInput("the text in the picture's file is too long to be read; save it without") from error
        raise BadInput(f"that is {told}") from error


def to_pixels(picture: Image.Image, size: tuple[int, int] = (28, 28)) -> np.ndarray:
    """All steps in order; returns uint8 pixels of shape ``size`` (height, width), light on dark."""
    gray = upright(shrink(to_gray(picture)))
    if _is_ready(gray, size):
        return np.asarray(gray)
    return np.asarray(center(trim(light_on_dark(even_out(unframed(gray)))), size))


def _is_ready(gray: Image.Image, size: tuple[int, int]) -> bool:
    """Whether these are the model's own pixels, saved as a picture: of its size, and on pure black."""
    pixels = np.asarray(gray)
    black, white = np.mean(pixels == 0), np.mean(pixels == 255)
    return pixels.shape == tuple(size) and black > max(white, READY)


def to_gray(picture: Image.Image) -> Image.Image:
    """Mode L, 0 black to 255 white. What is transparent becomes white, like the paper behind it.

    This is done band by band, so that a large picture is not held in memory in each of the modes in between.
    """
    gray = Image.new("L", picture.size)
    for top in range(0, picture.height, BAND):
        band = picture.crop((0, top, picture.width, min(top + BAND, picture.height)))
        gray.paste(_gray_band(band), (0, top))
    gray.info = picture.info
    return gray


def _gray_band(band: Image.Image) -> Image.Image:
    if band.mode.startswith("I"):  # 16 or 32 bits per pixel, of which converting to L would clip all but 8
        return _squeeze(band)
    if band.mode in MODES_WITH_ALPHA or "transparency" in band.info:
        layer = band.convert("RGBA")
        band = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return band.convert("L")


def _squeeze(picture: Image.Image) -> Image.Image:
    values = np.asarray(picture, dtype=np.float64)
    return Image.fromarray((values * 255 / 65535).clip(0, 255).round().astype(np.uint8))


def shrink(picture: Image.Image) -> Image.Image:
    """Average whole blocks of pixels, so that the longer edge of a large picture is left with one to two ``EDGE``."""
    factor = _shrinking(picture)
    return picture.reduce(factor) if factor > 1 else picture


def _shrinking(picture: Image.Image) -> int:
    return max(1, max(picture.size) // EDGE)


def upright(picture: Image.Image) -> Image.Image:
    """Turn the picture as its EXIF orientation says: a phone stores it sideways and notes the turn.

    One whose EXIF data says nothing, or is so damaged that reading it fails, stays as it is.
    """
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # damaged EXIF, whatever the damage, says nothing about the picture
        return picture


def light_on_dark(gray: Image.Image) -> Image.Image:
    """Invert a picture whose object is darker than its background, so that it is light on a dark background."""
    darker = float(np.asarray(gray).mean()) < border_level(gray)
    return ImageOps.invert(gray) if darker else gray


def border_level(gray: Image.Image) -> float:
    """The median of the outermost pixels: the background's level, even if the object touches a few of them."""
    pixels = np.asarray(gray)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return float(np.median(border))


def trim(gray: Image.Image) -> Image.Image:
    """Cut away the even border and make the background black. A picture of one level stays as it is."""
    ground = border_level(gray)
    raised = gray.point(lambda level: max(0, level - ground) * 255 / max(1, 255 - ground))
    calm = raised.filter(ImageFilter.MedianFilter(3)) if min(raised.size) >= CALM_FROM else raised
    box = calm.point(lambda level: 255 if level > TRIM_TOLERANCE else 0).getbbox()
    return raised.crop(box) if box else raised


def center(gray: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Fit the whole picture into ``size`` (height, width), its proportions kept, on black."""
    height, width = size
    return ImageOps.pad(gray, (width, height), Image.Resampling.LANCZOS, color=0)
