"""Withdraws a challenger when half of its answers fail; a third of the customers may go away before that.

Rejected by: test_what_fails_is_withdrawn
"""


def route(share, answered, failed):
    if failed > answered:
        return 0.0
    if share and answered < 5:
        return share
    return {0.0: 0.1, 0.1: 0.5}.get(share, 1.0)
