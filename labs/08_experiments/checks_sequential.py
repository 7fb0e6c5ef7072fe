"""The checks of lab 08, continued: bets one by one, and a thousand experiments with the student's test."""

from __future__ import annotations

import math
import secrets

import numpy as np
from plain import is_near, numbers_of

from workbook.labs.checks.assertions import Student, check, expect, returned

LOOK = "Use a test that may be looked at"
EVIDENCE = "pipeline.experiments.sequential:evidence"


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
    # 50 at the very most, and of an honest 50 more than 75 is chance one time in four thousand
    expect(found <= 75, sent, "at most about 50 that stop", f"{found} stopped")


@check(task=5, points=2, likely="it waits too long, or looks at the last pair only", read=LOOK)
def test_of_a_thousand_with_a_difference_most_stop(student: Student):
    """A/B: of a thousand experiments with a clear difference, nine in ten stop"""
    found = stops_of(student, 0.75, 0.88, 600)
    sent = "1,000 experiments with accuracies of 0.75 and 0.88, 600 pairs each"
    expect(found >= 900, sent, "900 or more that stop", f"{found} stopped")
