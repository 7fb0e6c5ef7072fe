"""Which user gets which version: the key gives a point on a line, and the version is that of the stretch around it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate

POINT_BITS = 53  # as many as a float keeps: with all 64, the highest points would be rounded to 1.0


def share_point(salt: str, key: str) -> float:
    """A point in [0, 1), the same for the same ``salt`` and ``key`` in every process and on every machine.

    The first 8 bytes of SHA-256 of ``salt:key`` in UTF-8, as a big-endian integer, divided by 2^64, and rounded down to
    a multiple of 2^-53. Another salt gives every key another point, so that two experiments do not put the same users
    together.
    """
    digest = sha256(f"{salt}:{key}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> (64 - POINT_BITS)) / (1 << POINT_BITS)


def chance_point() -> float:
    """A point in [0, 1) for a request without a key: another one each time."""
    return random.random()


def version_at(point: float, shares: Sequence[tuple[int, float]]) -> int:
    """The version whose stretch of the line ``point`` (in [0, 1)) falls in.

    ``shares`` are (version, share) in the order in which they are laid end to end; they add up to 1. When the border
    between two versions moves, only the users between the old and the new border change over, and no fewer could.
    """
    ends = accumulate(share for _, share in shares)
    reached = (version for (version, share), end in zip(shares, ends, strict=True) if share and point < end)
    return next(reached, max(version for version, share in shares if share))  # rounding may leave the last end below 1
