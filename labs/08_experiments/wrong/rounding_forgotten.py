"""Trusts the shares to add up to 1 in floats: the user at the very end gets no version.

Rejected by: test_rounding_leaves_nobody_without_a_version
"""


def version_at(point, shares):
    end = 0.0
    for version, share in shares:
        end += share
        if point < end:
            return version
    return None
