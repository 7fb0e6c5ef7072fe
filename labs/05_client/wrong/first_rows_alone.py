"""Turns the picture gray in bands, and puts each of them at the top.

Rejected by: test_color_becomes_gray
"""

from PIL import Image


def to_gray(picture):
    gray = Image.new("L", picture.size)
    for top in range(0, picture.height, 256):
        band = picture.crop((0, top, picture.width, min(top + 256, picture.height))).convert("RGBA")
        paper = Image.new("RGBA", band.size, "white")
        gray.paste(Image.alpha_composite(paper, band).convert("L"))
    return gray
