"""Does not look at the EXIF data.

Rejected by: test_a_sideways_photo_is_turned
"""


def upright(picture):
    return picture
