"""The checks of lab 08: points by another hash, textbook values, and a thousand experiments with the student's test."""

from __future__ import annotations

import hashlib
import math
import secrets

import numpy as np

from workbook.labs.checks.assertions import Student, check, expect, refusal, returned

DEAL, COUNT, LOOK = "Deal the users out", "Count before you start", "Use a test that may be looked at"
SIZE, EVIDENCE = "pipeline.experiments.planning:sample_size", "pipeline.experiments.sequential:evidence"
ALMOST_1 = math.nextafter(1.0, 0.0)
TOLERANCE = 1e-9


def numbers_of(got: object, count: int, sent: str, expected: str) -> list[float]:
    """``got`` as a list of so many plain numbers; a check fails for anything else."""
    values = list(got) if isinstance(got, list | tuple) else [got]
    plain = [value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value for value in values]
    right = len(plain) == count and all(isinstance(value, int | float) for value in plain)
    nothing = None if None in plain else got
    expect(right, sent, expected, nothing, fits=False)
    return [float(value) for value in plain]


def is_near(got: float, expected: float) -> bool:
    return math.isclose(got, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


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


# Task 4


def log_evidence(wins: int, losses: int, caution: float = 10.0) -> float:
    """By another way than the reference's: bet by bet."""
    money, a, b = 0.0, caution, caution
    for won in [True] * wins + [False] * losses:
        money += math.log(2 * (a if won else b) / (a + b))
        a, b = a + won, b + (not won)
    return money


def evidence_of(student: Student, wins: int, losses: int, *caution: float) -> float:
    sent, expected = f"{wins:,} wins and {losses:,} losses", "the logarithm of the evidence, a number"
    got = returned(student, sent, expected, EVIDENCE, wins, losses, *caution)
    return numbers_of(got, 1, sent, expected)[0]


@check(task=4, points=2, likely="a term of the formula is missing, or it is no logarithm", read=LOOK)
def test_the_evidence_is_the_sum_of_the_bets(student: Student):
    """Wins and losses give what betting on them one by one gives"""
    draw = secrets.SystemRandom()
    for wins, losses in ((0, 0), (1, 0), (0, 1), (30, 10), (draw.randrange(50, 200), draw.randrange(50, 200))):
        right, found = log_evidence(wins, losses), evidence_of(student, wins, losses)
        fits = not is_near(found, right / math.log(2)) and not is_near(found, right / math.log(10))
        expect(is_near(found, right), f"{wins} wins and {losses} losses", f"{right:.6f}", f"{found:.6f}", fits)


@check(task=4, points=1, likely="`CAUTION` is used where `caution` should be", read=LOOK)
def test_the_caution_is_heard(student: Student):
    """A smaller caution bets more boldly, a larger one less"""
    for caution in (1.0, 3.0, 100.0):
        right, found = log_evidence(40, 20, caution), evidence_of(student, 40, 20, caution)
        expect(is_near(found, right), f"40 wins, 20 losses, caution {caution:g}", f"{right:.6f}", f"{found:.6f}")


@check(task=4, points=1, likely="it works for single numbers only", read=LOOK)
def test_arrays_give_an_array(student: Student):
    """Arrays of wins and losses give an array of that shape"""
    wins = np.random.default_rng().integers(0, 40, (3, 4))
    losses = wins[::-1, ::-1].copy()
    sent, expected = "wins and losses of shape (3, 4)", "an array of shape (3, 4)"
    found = returned(student, sent, expected, EVIDENCE, wins, losses, kind=np.ndarray)
    expect(found.shape == (3, 4), sent, expected, found)
    right = [[log_evidence(*pair) for pair in zip(*row, strict=True)] for row in zip(wins, losses, strict=True)]
    expect(np.allclose(found, right), sent, "for each pair what the two numbers alone give", found)


@check(task=4, points=1, likely="the logarithm is taken at the end: `betaln` is one from the start", read=LOOK)
def test_millions_do_not_overflow(student: Student):
    """After millions of pairs the logarithm is still a number"""
    for wins, losses, least, most in ((6_000_000, 4_000_000, 201_000, 201_400), (3_000_000, 3_000_000, -10, 0)):
        found = evidence_of(student, wins, losses)
        expected = f"a number from {least:,} to {most:,}"
        expect(least < found < most, f"{wins:,} wins and {losses:,} losses", expected, found)


# Task 5


def stop_of(right_a: np.ndarray, right_b: np.ndarray, alpha: float) -> int | None:
    """By another way than the reference's: bet by bet."""
    money, b, a = 0.0, 10.0, 10.0
    for number, (one, two) in enumerate(zip(right_a, right_b, strict=True), 1):
        if bool(one) != bool(two):
            money += math.log(2 * (b if two else a) / (a + b))
            a, b = a + bool(one), b + bool(two)
        if money >= -math.log(alpha):
            return number
    return None


def expect_stop(student: Student, sent: str, a: np.ndarray, b: np.ndarray, alpha: float = 0.05) -> None:
    right = stop_of(a, b, alpha)
    expected = "None: it never stops" if right is None else f"it stops after pair {right}"
    got = returned(student, sent, expected, "driver:alarm", a, b, alpha, kind=dict)["at"]
    shown = "None: it never stopped" if got is None else got
    if right is None:
        expect(got is None, sent, expected, shown)
    else:
        expect(got is not None, sent, expected, shown, fits=False)
        expect(numbers_of(got, 1, sent, expected)[0] == right, sent, expected, shown)


def answers(accuracy: float, pairs: int = 3000) -> np.ndarray:
    return np.random.default_rng().random(pairs) < accuracy


@check(task=5, points=2, likely="it is not the first pair that is enough, or pairs are counted from 0", read=LOOK)
def test_it_stops_at_the_first_pair_that_is_enough(student: Student):
    """It stops at the first pair with which the evidence is 1 / alpha, counted from 1"""
    expect_stop(student, "B is always right, and A never", np.zeros(60, bool), np.ones(60, bool))
    for _ in range(4):
        expect_stop(student, "B is right 9 times in 10, A 7 times", answers(0.7), answers(0.9))


@check(task=5, points=1, likely="only pairs that differ were counted, and not all pairs", read=LOOK)
def test_pairs_that_say_nothing_are_counted_too(student: Student):
    """Pairs in which both are right, or both wrong, change no money and are counted"""
    same, a = np.arange(50) % 2 == 0, np.zeros(60, bool)
    expect_stop(
        student, "50 pairs that are the same, and then B is always right", np.append(same, a), np.append(same, ~a)
    )


@check(task=5, points=1, likely="only wins of B raise an alarm, or `right_a` and `right_b` are mixed up", read=LOOK)
def test_either_version_may_be_the_better_one(student: Student):
    """It stops for A as it does for B"""
    expect_stop(student, "A is always right, and B never", np.ones(60, bool), np.zeros(60, bool))
    expect_stop(student, "A is right 9 times in 10, B 7 times", answers(0.9), answers(0.7))


@check(task=5, points=1, likely="where nothing is found, something is returned: 0, -1 or the last pair", read=LOOK)
def test_it_may_never_stop(student: Student):
    """Without enough evidence it gives None"""
    alike = answers(0.9, 500)
    expect_stop(student, "two versions that are always right together", alike, alike)
    expect_stop(student, "five pairs, all won by B", np.zeros(5, bool), np.ones(5, bool))
    expect_stop(student, "no pair at all", np.zeros(0, bool), np.zeros(0, bool))


@check(task=5, points=1, likely="0.05 or 20 is written into the function", read=LOOK)
def test_the_alpha_is_heard(student: Student):
    """A smaller alpha stops later, a larger one sooner"""
    for alpha in (0.2, 0.01, 0.0001):
        expect_stop(student, f"B is always right, A never, alpha {alpha}", np.zeros(90, bool), np.ones(90, bool), alpha)


def stops_of(student: Student, accuracy_a: float, accuracy_b: float, pairs: int) -> int:
    """In how many of a thousand experiments the student's test stops."""
    sent = f"1,000 experiments of {pairs} pairs, accuracies {accuracy_a} and {accuracy_b}"
    expected = "for each when it stops, or None"
    got = returned(student, sent, expected, "driver:alarms", secrets.randbits(60), pairs, accuracy_a, accuracy_b)
    return sum(at is not None for at in got["at"])


@check(task=5, points=2, likely="this is a test for one look, looked at after each pair", read=LOOK)
def test_of_a_thousand_without_a_difference_few_stop(student: Student):
    """A/A: of a thousand experiments, looked at after each pair, at most 1 in 20 stops"""
    sent, expected = "60 pairs, all won by B", "that it stops: a test that never does is honest, and of no use"
    clear = returned(student, sent, expected, "driver:alarm", np.zeros(60, bool), np.ones(60, bool), 0.05, kind=dict)
    expect(clear["at"] is not None, sent, expected, "None: it never stopped", fits=False)
    found = stops_of(student, 0.8, 0.8, 600)
    sent = "1,000 experiments with two equal versions, 600 pairs each"
    # 50 at the very most, and of an honest 50 more than 75 is chance one time in ten thousand
    expect(found <= 75, sent, "at most about 50 that stop", f"{found} stopped")


@check(task=5, points=2, likely="it waits too long, or looks at the last pair only", read=LOOK)
def test_of_a_thousand_with_a_difference_most_stop(student: Student):
    """A/B: of a thousand experiments with a clear difference, nine in ten stop"""
    found = stops_of(student, 0.75, 0.88, 600)
    sent = "1,000 experiments with accuracies of 0.75 and 0.88, 600 pairs each"
    expect(found >= 900, sent, "900 or more that stop", f"{found} stopped")
