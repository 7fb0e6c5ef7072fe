"""Compares the point with each share by itself: the ends are not added up.

Rejected by: test_each_point_is_in_the_stretch_of_its_version
"""


def version_at(point, shares):
    for version, share in shares:
        if point < share:
            return version
    return shares[-1][0]
