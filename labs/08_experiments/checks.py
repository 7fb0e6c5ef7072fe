"""The checks of lab 08: points by the hash, versions along a line, and textbook values for the sample size."""

from __future__ import annotations

import hashlib
import math
import secrets
from statistics import NormalDist

import numpy as np
from plain import is_near, numbers_of

from workbook.labs.checks.assertions import Student, check, expect, refusal, returned

DEAL, COUNT = "Deal the users out", "Count before you start"
SIZE = "pipeline.experiments.planning:sample_size"
ALMOST_1 = math.nextafter(1.0, 0.0)


# Task 1


def names(count: int) -> list[str]:
    """Users that nobody has seen before, one of them from afar."""
    salt = secrets.token_hex(4)
    return ["Zoë", *(f"user-{salt}-{number}" for number in range(count - 1))]


def points_of(student: Student, salt: str, keys: list[str]) -> list[float]:
    sent, expected = f"the salt {salt!r} and {len(keys):,} users", "a number for each, from 0 to below 1"
    found = numbers_of(returned(student, sent, expected, "driver:points", salt, keys), len(keys), sent, expected)
    outside = [point for point in found if not 0 <= point < 1]
    expect(not outside, sent, expected, f"{outside[:1]} among them", fits=False)
    return found


def point_of(salt: str, key: str) -> float:
    digest = hashlib.sha256(f"{salt}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


@check(task=1, points=2, likely="the text is not `salt:key`, or other bytes of the digest are read", read=DEAL)
def test_the_point_is_that_of_the_hash(student: Student):
    """Each user has the point that the front gives, too"""
    salt, keys = secrets.token_hex(3), names(20)
    for key, found in zip(keys, points_of(student, salt, keys), strict=True):
        right = point_of(salt, key)
        expect(is_near(found, right), f"the salt {salt!r} and the key {key!r}", f"{right:.12f}", f"{found:.12f}")


@check(task=1, points=1, likely="the number was cut to few digits, or divided by something else than 2**64", read=DEAL)
def test_users_are_dealt_out_evenly_and_finely(student: Student):
    """Of 4,000 users each tenth of the line gets about 400, and no two have the same point"""
    sent = "4,000 users"
    found = points_of(student, secrets.token_hex(3), names(4000))
    tenths = np.bincount((np.array(found) * 10).astype(int), minlength=10)
    # 400 on average, and a standard deviation of 19
    expect(tenths.min() > 290 and tenths.max() < 510, sent, "about 400 in each tenth", tenths.tolist())
    same = len(found) - len(set(found))
    expect(not same, sent, "4,000 points that differ", f"{same} users with a point that another has, too")


@check(task=1, points=1, likely="the salt is not in the text that is hashed, or chance is", read=DEAL)
def test_the_salt_alone_deals_again(student: Student):
    """The same salt gives the same points again, and another one others"""
    keys, salt = names(2000), secrets.token_hex(3)
    first, again, other = (points_of(student, one, keys) for one in (salt, salt, salt + "x"))
    changed = sum(one != two for one, two in zip(first, again, strict=True))
    expect(not changed, "the same salt and users twice", "the same points", f"{changed:,} of 2,000 points differ")
    both = sum(one < 0.5 and two < 0.5 for one, two in zip(first, other, strict=True))
    expected = "about 500 of 2,000 users below 0.5 both times"
    expect(380 < both < 620, "another salt", expected, f"{both:,} users")


# Task 2


def versions_at(student: Student, places: list[float], shares: list[tuple[int, float]]) -> list[float]:
    sent, expected = f"the shares {shares}, and {len(places)} points", "a version for each"
    got = returned(student, sent, expected, "driver:versions", places, [list(share) for share in shares])
    return numbers_of(got, len(places), sent, expected)


def expect_versions(student: Student, shares: list[tuple[int, float]], wanted: dict[float, int]) -> None:
    for (place, version), found in zip(wanted.items(), versions_at(student, [*wanted], shares), strict=True):
        expect(found == version, f"the point {place!r} and the shares {shares}", f"version {version}", f"{found:g}")


@check(task=2, points=1, likely="the shares are not laid end to end: each end is the sum of all before it", read=DEAL)
def test_each_point_is_in_the_stretch_of_its_version(student: Student):
    """Shares are laid end to end, in their order"""
    expect_versions(student, [(1, 0.9), (2, 0.1)], {0.0: 1, 0.5: 1, 0.89: 1, 0.91: 2, 0.999: 2})
    expect_versions(student, [(7, 0.2), (3, 0.5), (5, 0.3)], {0.1: 7, 0.3: 3, 0.6: 3, 0.75: 5, 0.95: 5})


@check(task=2, points=1, likely="a stretch has its beginning and not its end: `point < end`", read=DEAL)
def test_a_border_belongs_to_the_stretch_that_begins_there(student: Student):
    """The point where one stretch ends and the next begins is the next one's"""
    expect_versions(student, [(1, 0.5), (2, 0.25), (3, 0.25)], {0.5: 2, 0.75: 3})


@check(task=2, points=1, likely="a version without a share is taken for one with a share", read=DEAL)
def test_a_share_of_0_is_nobodys(student: Student):
    """A version with a share of 0 gets no user, at either end of the line"""
    expect_versions(student, [(1, 0.0), (2, 1.0)], {0.0: 2, 0.5: 2, ALMOST_1: 2})
    expect_versions(student, [(1, 1.0), (2, 0.0)], {0.0: 1, 0.5: 1, ALMOST_1: 1})


@check(
    task=2, points=1, likely="ten times 0.1 is a little less than 1 in floats, and then nothing is returned", read=DEAL
)
def test_rounding_leaves_nobody_without_a_version(student: Student):
    """The highest point has a version, even where the shares add up to a little less than 1"""
    tenths = [(version, 0.1) for version in range(1, 11)]
    expect_versions(student, tenths, {0.95: 10, ALMOST_1: 10})
    expect_versions(student, [*tenths, (11, 0.0)], {ALMOST_1: 10})


# Task 3


def size_of(base: float, better: float, power: float, alpha: float) -> int:
    """By another way than the reference's: the quantiles are those of Python's own library."""
    mean, z = (base + better) / 2, NormalDist().inv_cdf
    spreads = math.sqrt(2 * mean * (1 - mean)), math.sqrt(base * (1 - base) + better * (1 - better))
    return math.ceil(((z(1 - alpha / 2) * spreads[0] + z(power) * spreads[1]) / (better - base)) ** 2)


def expect_size(student: Student, expected: int, *arguments: float, fits: bool = True) -> None:
    sent = f"sample_size{arguments}"
    (found,) = numbers_of(returned(student, sent, f"{expected:,}", SIZE, *arguments), 1, sent, f"{expected:,}")
    expect(found == expected, sent, f"{expected:,}", f"{found:,g}" if found % 1 else f"{found:,.0f}", fits)


@check(
    task=3,
    points=2,
    likely="alpha is not halved for a two-sided test, or the two spreads are the wrong way round",
    read=COUNT,
)
def test_the_size_is_that_of_the_formula(student: Student):
    """0.6 against 0.7 takes 356 answers for each version; v1 against v2 takes 2,027"""
    expect_size(student, 356, 0.6, 0.7)
    expect_size(student, 2027, 0.8921, 0.9179)
    expect_size(student, 7, 0.1, 0.8)
    draw = secrets.SystemRandom()  # so that no table of these numbers passes
    for _ in range(3):
        base, step = draw.randrange(500, 900) / 1000, draw.randrange(20, 90) / 1000
        given = round(base, 3), round(base + step, 3), draw.choice((0.7, 0.8, 0.9)), draw.choice((0.01, 0.05, 0.1))
        expect_size(student, size_of(*given), *given)


@check(task=3, points=1, likely="0.8 or 0.05 is written into the function", read=COUNT)
def test_power_and_alpha_are_heard(student: Student):
    """More power and fewer false alarms take more answers"""
    expect_size(student, 2713, 0.8921, 0.9179, 0.9)
    expect_size(student, 3016, 0.8921, 0.9179, 0.8, 0.01)


@check(task=3, points=1, likely="it is rounded, or cut: with one answer less the power is not reached", read=COUNT)
def test_the_size_is_rounded_up(student: Student):
    """A part of an answer is a whole one"""
    expect_size(student, 388, 0.5, 0.6)
    expect_size(student, 1251, 0.25, 0.3)


@check(task=3, points=1, likely="the difference has a sign, and the formula was not squared as a whole", read=COUNT)
def test_the_order_does_not_count(student: Student):
    """0.7 against 0.6 takes as many as 0.6 against 0.7"""
    expect_size(student, 356, 0.7, 0.6)
    expect_size(student, 2027, 0.9179, 0.8921)


@check(task=3, points=1, likely="there is no `raise ValueError`, or it comes after the formula", read=COUNT)
def test_what_no_number_tells_apart_is_refused(student: Student):
    """Equal accuracies, and what is none, are refused; so are an alpha and a power that cannot be"""
    expect_size(student, 356, 0.6, 0.7, fits=False)
    for arguments in (
        (0.9, 0.9),
        (0.0, 0.5),
        (0.5, 0.0),
        (0.5, 1.0),
        (1.0, 0.5),
        (-0.1, 0.5),
        (0.5, -0.1),
        (1.7, 0.6),
        (0.6, 1.7),
    ):
        refusal(student, "ValueError", f"sample_size{arguments}", SIZE, *arguments)
    for arguments in ((0.6, 0.7, 1.0, 0.05), (0.6, 0.7, 0.8, 0.0), (0.6, 0.7, 0.05, 0.05), (0.6, 0.7, 0.8, 0.9)):
        refusal(student, "ValueError", f"sample_size{arguments}", SIZE, *arguments)
