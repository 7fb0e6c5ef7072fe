"""Takes the size for Pillow's (width, height).

Rejected by: test_the_size_is_height_by_width
"""

from PIL import Image, ImageOps


def center(gray, size):
    return ImageOps.pad(gray, size, Image.Resampling.LANCZOS, color=0)
