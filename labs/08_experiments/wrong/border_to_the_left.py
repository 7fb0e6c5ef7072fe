"""Gives the border to the stretch that ends there.

Rejected by: test_a_border_belongs_to_the_stretch_that_begins_there, test_a_share_of_0_is_nobodys
"""


def version_at(point, shares):
    end = 0.0
    for version, share in shares:
        end += share
        if point <= end:
            return version
    return shares[-1][0]
