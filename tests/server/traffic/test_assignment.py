"""Who gets which version is a matter of arithmetic, the same everywhere."""

from __future__ import annotations

import math
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.traffic.assignment import chance_point, share_point, version_at

KEYS = [f"user-{number}" for number in range(4000)]


def shares(one: float) -> tuple[tuple[int, float], ...]:
    return (1, one), (2, 1 - one)


def within(count: int, expected: float, number: int) -> bool:
    """Within five standard deviations of the binomial distribution: by chance outside once in a million."""
    return abs(count - number * expected) <= 5 * math.sqrt(number * expected * (1 - expected)) + 1e-9


@given(st.text(), st.text())
def test_a_point_is_that_of_the_formula(salt, key):
    number = int.from_bytes(sha256(f"{salt}:{key}".encode()).digest()[:8], "big")
    point = share_point(salt, key)
    assert 0 <= point < 1
    assert abs(point - number / 2**64) <= 2**-53


def test_the_points_of_a_release_are_those_of_the_next():
    assert share_point("summer", "ada") == 0.9526803504542103


def test_another_salt_deals_the_users_anew():
    both = sum(share_point("a", key) < 0.5 and share_point("b", key) < 0.5 for key in KEYS)
    assert within(both, 0.25, len(KEYS))


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5])
def test_the_users_of_a_version_are_its_share(share):
    count = sum(version_at(share_point("salt", key), shares(share)) == 1 for key in KEYS)
    assert within(count, share, len(KEYS))


@given(st.floats(0, 1), st.floats(0, 1), st.text(max_size=8))
def test_of_a_moved_border_only_those_between_change_and_only_to_the_version_that_grew(before, after, salt):
    moved = [key for key in KEYS[:300] if version_of(salt, key, before) != version_of(salt, key, after)]
    points = [share_point(salt, key) for key in moved]
    assert all(min(before, after) <= point < max(before, after) for point in points)
    assert {version_of(salt, key, after) for key in moved} <= {1 if after > before else 2}


@given(st.floats(0, 1, exclude_max=True), st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_every_point_falls_to_a_version_that_has_a_share(point, weights):
    total = sum(weights)
    if total:
        given_shares = [(version, weight / total) for version, weight in enumerate(weights, 1)]
        assert dict(given_shares)[version_at(point, given_shares)] > 0


def test_chance_is_spread_evenly():
    assert within(sum(chance_point() < 0.5 for _ in KEYS), 0.5, len(KEYS))


def version_of(salt: str, key: str, share: float) -> int:
    return version_at(share_point(salt, key), shares(share))
