"""Uses Python's `hash`, which is another one in each process: after a restart, users change their version.

Rejected by: test_the_point_is_that_of_the_hash
"""


def share_point(salt: str, key: str) -> float:
    return hash(f"{salt}:{key}") % 2**53 / 2**53
