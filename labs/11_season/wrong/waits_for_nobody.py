"""Waits for answers before anybody has the challenger: with a share of 0 nobody asks it, and it is withdrawn at once.

Rejected by: test_it_begins_with_a_few
"""


def route(share, answered, failed):
    if failed:
        return 0.0
    if answered < 5:
        return share
    return {0.0: 0.1, 0.1: 0.5}.get(share, 1.0)
