"""The checks of lab 11 on what becomes of a new model: reports and shares that are made on the spot, answers known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from workbook.labs.checks.assertions import Student, check, expect, returned

SAME, ALL = "Compare with the champion, on the same pictures", "See all of it run"


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng()


# Task 4

CHAMPION = {"old": 0.85, "new": 0.6, "classes": {"bad": 0.8, "fair": 0.7, "good": 0.9}}


def passes(student: Student, sent: str, expected: bool, challenger: dict, champion: dict = CHAMPION) -> None:
    words = {True: "it passes", False: "it is stopped"}
    by = np.random.default_rng().uniform(-0.2, 0.02)  # differences decide, not numbers that somebody wrote down
    reports = moved(champion, by), moved(challenger, by)
    got = returned(student, sent, words[expected], "driver:gate", *reports, kind=bool)
    expect(got == expected, sent, words[expected], words[got])


def moved(report: dict, by: float) -> dict:
    """The report with all of its accuracies moved by so much."""
    numbers = {name: None if report[name] is None else report[name] + by for name in ("old", "new")}
    return {**numbers, "classes": {name: accuracy + by for name, accuracy in report["classes"].items()}}


def better(**other: object) -> dict:
    return {"old": 0.86, "new": 0.8, "classes": {"bad": 0.82, "fair": 0.75, "good": 0.9}, **other}


@check(task=4, points=1, likely="more is asked than that it is not worse", read=SAME)
def test_a_better_model_passes(student: Student):
    """A better model passes, and so does an equal one, and one that is worse by chance"""
    passes(student, "a challenger that is better on old and new", True, better())
    passes(student, "a challenger with the champion's numbers", True, dict(CHAMPION))
    passes(student, "a challenger that is worse on old by 0.01", True, better(old=0.84))


@check(task=4, points=1, likely="only the new test pictures count", read=SAME)
def test_a_model_that_has_forgotten_is_stopped(student: Student):
    """A model that is better on new pictures and has forgotten the old ones is stopped"""
    passes(student, "old falls by 0.25, new rises by 0.30", False, better(old=0.6, new=0.9))


@check(task=4, points=1, likely="only the old test pictures count", read=SAME)
def test_a_model_that_is_worse_on_new_pictures_is_stopped(student: Student):
    """A model that is worse on the new pictures is stopped"""
    passes(student, "old rises by 0.05, new falls by 0.20", False, better(old=0.9, new=0.4))


@check(task=4, points=1, likely="classes are not looked at: the mean hides one", read=SAME)
def test_a_model_that_gives_up_a_class_is_stopped(student: Student):
    """A model that gives up one class is stopped, though it is better on the average"""
    classes = {"bad": 0.4, "fair": 0.95, "good": 0.97}
    passes(student, "bad falls by 0.40, the others rise", False, better(classes=classes))


@check(task=4, points=1, likely="None is compared with a number, or a class is missing", read=SAME)
def test_without_new_pictures(student: Student):
    """Without new test pictures the old ones decide"""
    champion = {"old": 0.85, "new": None, "classes": {"bad": 0.8, "good": 0.9}}
    classes = {"bad": 0.8, "good": 0.9}
    passes(student, "no newest batch, equal", True, {"old": 0.85, "new": None, "classes": classes}, champion)
    passes(student, "no newest batch, worse", False, {"old": 0.5, "new": None, "classes": classes}, champion)


# Task 5

MOST_STEPS = 30  # a year asks some two hundred times


def share(student: Student, sent: str, expected: str, *arguments: object) -> float:
    return returned(student, sent, expected, "driver:route", *arguments, kind=float)


@check(task=5, points=1, likely="everybody gets the challenger at once, or nobody ever does", read=ALL)
def test_it_begins_with_a_few(student: Student, random):
    """It begins with a few customers, and goes up step by step to all"""
    now, steps = 0.0, []
    while now < 1 and len(steps) < MOST_STEPS:
        answered = int(random.integers(30, 60)) if now else 0  # nobody can have asked it before it has a share
        now = share(student, f"a share of {now}, {answered} answers, none failed", "more", now, answered, 0)
        steps.append(now)
    rising = all(one < other for one, other in pairwise(steps))
    fits = 0 < steps[0] <= 0.25 and rising and steps[-1] == 1 and len(steps) >= 2
    sent = "a share of 0 and no answers, then 30 answers or more and no failure at each step"
    expect(fits, sent, "rising shares, from at most 0.25 to 1", f"{[round(step, 3) for step in steps]}")


@check(task=5, points=1, likely="a share of failures is allowed that no customer would allow", read=ALL)
def test_what_fails_is_withdrawn(student: Student):
    """What fails is withdrawn, at each step, and if nothing was answered"""
    for now, answered, failed in ((0.1, 30, 3), (0.5, 40, 20), (0.1, 0, 2), (0.25, 40, 1)):
        sent = f"a share of {now}, {answered} answers, {failed} failed"
        got = share(student, sent, "0", now, answered, failed)
        expect(got == 0, sent, "0", f"{got}")


@check(task=5, points=1, likely="the share goes up although nobody has tried it yet", read=ALL)
def test_it_waits_for_answers(student: Student):
    """Before enough answers have come, the share stays"""
    for now in (0.1, 0.5):
        sent = f"a share of {now}, 1 answer, none failed"
        got = share(student, sent, f"{now}", now, 1, 0)
        expect(got == now, sent, f"{now}", f"{got}")
