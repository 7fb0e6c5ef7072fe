"""Throws dice each time: a user's version changes from request to request.

Rejected by: test_the_salt_alone_deals_again
"""

import random


def share_point(salt: str, key: str) -> float:
    return random.random()
