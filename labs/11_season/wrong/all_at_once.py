"""Gives the challenger to everybody at once: the gate has seen it.

Rejected by: test_it_begins_with_a_few
"""


def route(share, answered, failed):
    return 0.0 if failed else 1.0
