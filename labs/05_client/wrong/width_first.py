"""Takes the size for Pillow's (width, height).

Rejected by: test_the_size_is_height_by_width
"""

from PIL import Image, ImageOps


def centre(grey, size):
    return ImageOps.pad(grey, size, Image.Resampling.LANCZOS, color=0)
