"""Falls back to the last version, even where that has a share of 0 and is about to be switched off.

Rejected by: test_rounding_leaves_nobody_without_a_version
"""


def version_at(point, shares):
    end = 0.0
    for version, share in shares:
        end += share
        if point < end:
            return version
    return shares[-1][0]
