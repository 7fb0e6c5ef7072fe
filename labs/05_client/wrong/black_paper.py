"""Throws transparency away, and the black below it comes out.

Rejected by: test_what_is_transparent_becomes_white
"""


def to_gray(picture):
    return picture.convert("L")
