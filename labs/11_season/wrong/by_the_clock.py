"""Goes up whenever it is asked, although hardly anybody has tried the challenger.

Rejected by: test_it_waits_for_answers
"""


def route(share, answered, failed):
    if failed:
        return 0.0
    return {0.0: 0.1, 0.1: 0.5}.get(share, 1.0)
