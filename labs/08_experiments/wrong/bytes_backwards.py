"""Reads the bytes from the other end: a second front deals the users in another way.

Rejected by: test_the_point_is_that_of_the_hash
"""

from hashlib import sha256


def share_point(salt: str, key: str) -> float:
    digest = sha256(f"{salt}:{key}".encode()).digest()
    return (int.from_bytes(digest[:8], "little") >> 11) / 2**53
