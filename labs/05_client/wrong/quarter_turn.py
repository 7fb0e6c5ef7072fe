"""Turns every picture, because the author's own photograph was on its side.

Rejected by: test_a_picture_that_says_nothing_stays
"""


def upright(picture):
    return picture.rotate(-90, expand=True)
