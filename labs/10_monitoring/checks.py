"""The checks of lab 10: distances worked out by SciPy, a detector's delay on hidden streams, a level, and an alarm."""

from __future__ import annotations

import numpy as np
import pytest
import streams
from scipy.stats import ks_2samp

from pipeline.slo import HOUR, MINUTE, PAGE
from workbook.labs.checks.assertions import Student, check, expect, refusal, returned

DISTANCE, WHICH = "Measure a distance, not a surprise", "Which statistic sees which trouble"
CALIBRATE, WAKE = "Calibrate the threshold", "Wake somebody only if it matters"
ENOUGH = 0.5  # of a trouble's streams
NAIVE_TIMES, REFERENCE_TIMES = 0.75, 2.0
MOST_FALSE = 5  # of 40 clean streams, where one in twenty is allowed: more are by chance once in seventy times


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng()


# Task 1


def distance(student: Student, sent: str, expected: str, reference: np.ndarray, window: np.ndarray) -> float:
    function = "server.production.monitoring.measures:distance_of_values"
    return returned(student, sent, expected, function, reference, window, kind=float)


@check(task=1, points=1, likely="the shares of the two lists are not compared at each number of both", read=DISTANCE)
def test_the_distance_is_that_of_kolmogorov_and_smirnov(student: Student, random):
    """The distance is the largest difference of two shares"""
    for count, other in ((200, 30), (30, 200), (7, 5)):
        reference, window = np.sort(random.normal(0, 1, count)), random.normal(0.8, 2, other)
        truth = float(ks_2samp(reference, window, method="asymp").statistic)
        sent, expected = f"a reference of {count} numbers, a window of {other}", f"{truth:.4f}"
        got = distance(student, sent, expected, reference, window)
        expect(abs(got - truth) < 1e-6, sent, expected, f"{got:.4f}")


@check(task=1, points=1, likely="only one sign of the difference is looked at", read=DISTANCE)
def test_a_window_below_is_as_far_as_one_above(student: Student):
    """A window below the reference is as far away as one above"""
    reference, nearer = np.linspace(0, 1, 50), np.linspace(0.4, 1.4, 50)
    for sent, window in (("a window that is higher", nearer), ("a window that is lower", 1 - nearer)):
        truth = float(ks_2samp(reference, window, method="asymp").statistic)
        got = distance(student, sent, f"{truth:.2f}", reference, window)
        expect(abs(got - truth) < 1e-6, sent, f"{truth:.2f}", f"{got:.4f}")


@check(
    task=1,
    points=1,
    likely="a number that comes more than once is taken apart: count what is x *or* below",
    read=DISTANCE,
)
def test_numbers_that_come_more_than_once(student: Student, random):
    """Numbers may come more than once, in both lists"""
    reference, window = np.sort(random.integers(0, 4, 60)).astype(float), random.integers(0, 5, 40).astype(float)
    truth = float(ks_2samp(reference, window, method="asymp").statistic)
    for sent, same, expected in (
        ("whole numbers from 0 to 4", window, truth),
        ("the reference itself", reference, 0.0),
    ):
        got = distance(student, sent, f"{expected:.4f}", reference, same)
        expect(abs(got - expected) < 1e-6, sent, f"{expected:.4f}", f"{got:.4f}")


# Task 2: streams come a few pictures at a time, so that no score knows the future.


@pytest.fixture(scope="module")
def scores(student: Student) -> np.ndarray:
    """The student's score of each stream, whenever 20 more pictures have come."""
    reference, rows = streams.streams()
    sent, expected = "20 more pictures of each stream", "a finite number for each stream"
    returned(student, sent, expected, "driver:begin", reference, len(rows))
    steps = np.split(rows, streams.LENGTH // streams.STEP, axis=1)
    found = []
    for step in steps:
        got = returned(student, sent, expected, "driver:scores", step)
        one_each = isinstance(got, np.ndarray) and got.shape == (len(rows),)  # else it is one that is not a number
        expect(one_each, sent, expected, got, fits=False)
        found.append(got)
    return np.stack(found, axis=1)


@check(task=2, points=2, likely="the score rises with time, or of itself, and not with trouble", read=CALIBRATE)
def test_clean_streams_raise_no_more_false_alarms_than_they_may(scores):
    """With the level drawn on clean streams, other clean streams keep quiet"""
    sent = f"{streams.CLEAN} clean streams of {streams.LENGTH} pictures, after 60 others to draw the level with"
    got = streams.false_alarms(scores)
    expect(got <= MOST_FALSE, sent, f"{MOST_FALSE} false alarms at most", f"{got} of {streams.CLEAN}")


@check(
    task=2,
    points=2,
    likely="a statistic is not looked at that would see it, or old pictures outweigh the new ones",
    read=WHICH,
)
def test_each_trouble_is_seen(scores):
    """Each trouble is seen, and not only those of the light"""
    for trouble, delays in streams.delays(scores).items():
        seen = float((delays < streams.MISSED).mean())
        sent = f"{len(delays)} streams with {trouble} from picture {streams.ONSET} on"
        expect(seen >= ENOUGH, sent, "an alarm in half of them, and none before", f"in {seen:.0%} of them")


@check(task=2, points=2, likely="the window is so large, or moves so seldom, that trouble fills it late", read=WHICH)
def test_the_alarm_comes_sooner_than_the_naive_ones(scores):
    """The alarm comes sooner, by a quarter, than one that watches the brightness"""
    _sooner(scores, "naive", streams.NAIVE_DELAY, NAIVE_TIMES)


@check(
    task=2, points=2, likely="a smaller window would be full of trouble sooner; measure which size is best", read=WHICH
)
def test_the_alarm_comes_about_as_soon_as_the_references(scores):
    """The alarm takes at most twice the pictures of the reference's"""
    _sooner(scores, "reference", streams.REFERENCE_DELAY, REFERENCE_TIMES)


def _sooner(scores: np.ndarray, name: str, theirs: float, times: float) -> None:
    got = streams.mean_delay(scores)
    sent = f"{len(streams.TROUBLES) * streams.TROUBLED} streams with troubles"
    told = f"{got:.0f} pictures until the alarm on average (the {name} detector: {theirs:.0f})"
    expect(got <= times * theirs, sent, f"at most {times * theirs:.0f} pictures until the alarm", told)


# Task 3


LEVEL = "pipeline.drift.stream:alarm_level"


@check(
    task=3,
    points=2,
    likely="a stream counts once, by its highest score; a score *at* the level is not above it",
    read=CALIBRATE,
)
def test_the_level_lets_just_so_many_streams_exceed_it(student: Student, random):
    """The level is the lowest that lets no more streams exceed it than may"""
    for count, share in ((60, 0.05), (100, 0.29), (40, 0.1), (33, 0.1)):
        made = random.normal(0, 1, (count, 12)) * random.uniform(0.5, 3, (count, 1))
        highest = np.sort(made.max(axis=1))
        wanted = float(highest[count - 1 - int(count * share + 1e-9)])
        sent, expected = f"scores of {count} streams, of which a share of {share} may exceed the level", f"{wanted:.4f}"
        got = returned(student, sent, expected, LEVEL, made, share, kind=float)
        above = int((made.max(axis=1) > got).sum())
        expect(abs(got - wanted) < 1e-9, sent, expected, f"{got:.4f}, which {above} streams exceed")


@check(task=3, points=1, likely="one stream of so few is more than the share", read=CALIBRATE)
def test_too_few_streams_are_refused(student: Student, random):
    """Too few streams for the share are refused"""
    sent, made = "20 streams, and a share of 0.05", random.random((20, 4))
    wanted = float(np.sort(made.max(axis=1))[-2])
    got = returned(student, sent, f"{wanted:.4f}", LEVEL, made, 0.05, kind=float)
    expect(abs(got - wanted) < 1e-9, sent, f"{wanted:.4f}", f"{got:.4f}", fits=False)
    refusal(student, "ValueError", "19 streams, and a share of 0.05", LEVEL, random.random((19, 4)), 0.05)


# Task 4: a hundred requests a minute, of which 99.9 % must not fail.

PAIRS = [[pair.long, pair.short, pair.burn_rate] for pair in PAGE]
ONE = [[HOUR, 5 * MINUTE, 14.4]]


def alarm(student: Student, sent: str, failed: list[int], expected: bool, **other: object) -> None:
    """Ask ``budget_alarm`` about failures per minute; ``other`` are arguments that are not as above."""
    asked = {"total": [100] * len(failed), "promised": 0.999, "pairs": PAIRS, "every": MINUTE, **other}
    words = "an alarm" if expected else "no alarm"
    got = returned(student, sent, words, "driver:alarm", failed, *asked.values(), kind=bool)
    expect(got == expected, sent, words, "an alarm" if got else "no alarm")


@check(task=4, points=1, likely="the long window is not asked", read=WAKE)
def test_a_hiccup_wakes_nobody(student: Student):
    """A hiccup wakes nobody, an hour of failures does"""
    alarm(student, "six hours without a failure, and a minute in which 50 of 100 fail", [0] * 360 + [50], False)
    alarm(student, "an hour in which 2 of 100 fail", [0] * 360 + [2] * 60, True)


@check(
    task=4, points=1, likely="the short window is not asked, or the newest intervals are not the last ones", read=WAKE
)
def test_what_is_over_wakes_nobody(student: Student):
    """What is over wakes nobody"""
    alarm(student, "an hour in which 2 of 100 fail, and five minutes without", [2] * 60 + [0] * 5, False, pairs=ONE)
    alarm(student, "five minutes without, and an hour in which 2 of 100 fail", [0] * 5 + [2] * 60, True, pairs=ONE)


@check(task=4, points=1, likely="one pair of windows is asked, or all of them have to agree", read=WAKE)
def test_any_pair_of_windows_is_enough(student: Student):
    """Any pair of windows is enough"""
    alarm(student, "six hours in which 1 of 100 fails: the second pair", [1] * 360, True)
    alarm(student, "half an hour in which 2 of 50 fail: the first pair", [0] * 330 + [4] * 30, True)
    alarm(student, "six hours in which 1 of 200 fails", [1, 0] * 180, False)


@check(task=4, points=1, likely="shares were averaged; add up requests and failures first", read=WAKE)
def test_each_request_weighs_the_same(student: Student):
    """A minute with few requests weighs less"""
    quiet, busy = [1] * 5, [1000] * 5
    sent = "an hour of five minutes with one request each, five with 1,000 each, and so on"
    alarm(student, f"{sent}; in the quiet ones all fail", ([1] * 5 + [0] * 5) * 6, False, total=(quiet + busy) * 6)
    alarm(student, f"{sent}; in the busy ones 20 fail", ([0] * 5 + [20] * 5) * 6, True, total=(quiet + busy) * 6)


@check(task=4, points=1, likely="a division by zero, `failed[-0:]`, or `>=` for above", read=WAKE)
def test_the_edges(student: Student):
    """No requests, a window shorter than an interval, a burn rate that is just met"""
    alarm(student, "two hours without any request", [0] * 120, False, total=[0] * 120)
    pairs = [[HOUR, MINUTE, 1.0]]
    sent = "intervals of ten minutes; 9 of 10 fail in the first, none in the second; a window of a minute"
    alarm(student, sent, [9, 0], False, total=[10, 10], promised=0.9, pairs=pairs, every=10 * MINUTE)
    alarm(
        student, "half of all fail, which is just the burn rate of 1", [1], False, total=[2], promised=0.5, pairs=pairs
    )
    pairs = [[2 * MINUTE, MINUTE, 1.0]]
    for sent, failed in (("the long window just meets it", [0, 2]), ("the short window just meets it", [2, 1])):
        alarm(student, sent, failed, False, total=[2, 2], promised=0.5, pairs=pairs)
    alarm(student, "all fail, of which half may", [2], True, total=[2], promised=0.5, pairs=pairs)
