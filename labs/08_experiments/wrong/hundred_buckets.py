"""Has a hundred points only, so that no share below 0.01 can be given.

Rejected by: test_users_are_dealt_out_evenly_and_finely
"""

from hashlib import sha256


def share_point(salt: str, key: str) -> float:
    digest = sha256(f"{salt}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100 / 100
