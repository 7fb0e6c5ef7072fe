"""Hashes the key alone: every experiment gets the same users together.

Rejected by: test_the_point_is_that_of_the_hash, test_the_salt_alone_deals_again
"""

from hashlib import sha256


def share_point(salt: str, key: str) -> float:
    digest = sha256(key.encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53
