"""Throws transparency away, which exposes the black below it.

Rejected by: test_what_is_transparent_becomes_white
"""


def to_gray(picture):
    return picture.convert("L")
