"""The checks of lab 11: batches, windows and scores that are made on the spot, with answers known."""

from __future__ import annotations

import numpy as np
import pytest

from workbook.labs.checks.assertions import Student, check, expect, of_kind, returned

CLASSES = ("bad", "fair", "good", "watermelon")
LOOK, ALARM = "Look at data before anything learns from it", "Level 2: nobody presses the button"
OWN = "Do not learn from your own answers"
POLICIES = "pipeline.season.policies"


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng()


# Task 1


def batch(random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pictures, pumpkins' labels, and a champion that is sure of each label."""
    pixels = random.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    labels = np.array(CLASSES)[np.arange(count) % 3]
    return pixels, labels, scores_for(labels, 0.97)


def scores_for(answers: np.ndarray, highest: float) -> np.ndarray:
    scores = np.full((len(answers), 4), (1 - highest) / 3, np.float32)
    scores[np.arange(len(answers)), [CLASSES.index(name) for name in answers]] = highest
    return scores


def kept(student: Student, sent: str, wanted: np.ndarray, *arguments: np.ndarray) -> None:
    """Ask ``validate``, and expect just the rows that are wanted."""
    expected = f"{int(wanted.sum())} of {len(wanted)} pictures kept: {told(wanted)}"
    got = returned(student, sent, expected, f"{POLICIES}:validate", *arguments, kind=np.ndarray)
    fits = got.shape == wanted.shape and got.dtype == bool and (got == wanted).all()
    expect(fits, sent, expected, told(got) if got.dtype == bool and got.ndim == 1 else f"{got.dtype} {got.shape}")


def drawn(random: np.random.Generator, count: int, wanted: int) -> list[int]:
    """So many rows out of ``count``, in order: others each time, so that nobody can write them down."""
    return np.sort(random.choice(count, wanted, replace=False)).tolist()


def told(mask: np.ndarray) -> str:
    dropped = np.flatnonzero(~mask).tolist()
    return f"dropped are rows {dropped[:12]}{' …' if len(dropped) > 12 else ''}"


@check(task=1, points=1, likely="the first of two copies is dropped as well, or none is", read=LOOK)
def test_a_copy_is_dropped(student: Student, random):
    """A picture that is there already is dropped, in the batch and among the known ones"""
    pixels, labels, scores = batch(random, 12)
    first, *copies = drawn(random, 12, 3)
    pixels[copies] = pixels[first]
    wanted = np.ones(12, bool)
    wanted[copies] = False
    none = np.zeros((0, 28, 28), np.uint8)
    sent = f"12 pictures, of which {copies[0]} and {copies[1]} are the same as {first}; none is known"
    kept(student, sent, wanted, pixels, labels, scores, none)
    seen = random.choice(np.delete(np.arange(12), [first, *copies]))
    wanted[seen] = False
    kept(student, f"the same, and {seen} is known", wanted, pixels, labels, scores, pixels[seen : seen + 1].copy())


@check(task=1, points=1, likely="pixels are compared for equality, or uint8 differences wrap around", read=LOOK)
def test_a_copy_that_was_saved_again_is_dropped(student: Student, random):
    """A copy that was saved again, of the batch or a known one, is dropped; another picture stays"""
    pixels, labels, scores = batch(random, 9)
    pixels = (pixels // 2 + 40).astype(np.uint8)
    slight = random.choice([-3, -2, 2, 3], (28, 28))
    first, copy, other = drawn(random, 9, 3)
    pixels[copy] = (pixels[first] + slight).astype(np.uint8)
    pixels[other] = (pixels[first] + random.choice([-12, 12], (28, 28))).astype(np.uint8)
    wanted = np.ones(9, bool)
    wanted[copy] = False
    sent = f"9 pictures; {copy} is {first} give or take 3 levels, {other} is {first} give or take 12"
    kept(student, sent, wanted, pixels, labels, scores, np.zeros((0, 28, 28), np.uint8))
    seen = random.choice(np.delete(np.arange(9), [first, copy, other]))
    wanted[seen] = False
    known = (pixels[seen : seen + 1] + slight).astype(np.uint8)
    kept(student, f"the same; {seen} is a known one give or take 3 levels", wanted, pixels, labels, scores, known)


@check(
    task=1,
    points=1,
    likely="watermelons are dropped by their scores alone; it is the label at odds that counts",
    read=LOOK,
)
def test_a_watermelon_that_is_called_a_pumpkin_is_dropped(student: Student, random):
    """A watermelon that is called a good pumpkin is dropped, and one that is called a watermelon stays"""
    pixels, labels, scores = batch(random, 20)
    labels = labels.astype("<U10")
    sold, melon, none, doubtful = drawn(random, 20, 4)
    scores[[sold, melon]] = scores_for(np.array(["watermelon"] * 2), 0.97)
    labels[melon] = "watermelon"
    labels[none] = "watermelon"  # the champion is sure that it is none
    scores[doubtful] = scores_for(np.array(["watermelon"]), 0.5)[0]  # the label may be right
    wanted = np.ones(20, bool)
    wanted[[sold, none]] = False
    sent = f"20 pictures; the champion is sure that {sold} is a watermelon and {none} is not, in doubt of {doubtful}"
    kept(student, sent, wanted, pixels, labels, scores, np.zeros((0, 28, 28), np.uint8))


@check(task=1, points=2, likely="agreement of the whole batch is not looked at, or the bound is too high", read=LOOK)
def test_a_poisoned_batch_is_refused_and_a_new_kind_is_not(student: Student, random):
    """A batch with good and bad swapped is refused as a whole; one of a new kind of pumpkin is kept"""
    pixels, labels, scores = batch(random, 30)
    none = np.zeros((0, 28, 28), np.uint8)
    swapped = np.array([{"good": "bad", "bad": "good"}.get(name, name) for name in labels])
    kept(student, "30 labels, good and bad swapped", np.zeros(30, bool), pixels, swapped, scores, none)
    answers = labels.copy()
    answers[:12] = np.roll(np.array(CLASSES[:3]), 1)[np.arange(12) % 3]
    sent = "30 labels, of which 18 are the champion's answers"
    kept(student, sent, np.ones(30, bool), pixels, labels, scores_for(answers, 0.7), none)


# Task 2


def rows(random: np.random.Generator, count: int) -> np.ndarray:
    """Statistics of pictures that are all of one kind: nine columns that hang together."""
    mixing = np.eye(9) + 0.4 * np.random.default_rng(9).normal(size=(9, 9))
    return random.normal(size=(count, 9)) @ mixing + np.arange(9) * 10


CHANGES = {
    "all pictures are darker": lambda table: table - 1.5 * table.std(axis=0) * (np.arange(9) == 0),
    "the highest scores are lower": lambda table: table - 1.5 * table.std(axis=0) * (np.arange(9) == 8),
    "the center moves up in them": lambda table: table + 1.5 * table.std(axis=0) * (np.arange(9) == 5),
    "some have much more contrast, as many have less": lambda table: np.where(
        np.arange(9) == 2, table.mean(axis=0) + 3 * table.std(axis=0) * np.sign(table - np.median(table, axis=0)), table
    ),
}


def alarms(student: Student, sent: str, expected: str, windows: list[np.ndarray], random: np.random.Generator) -> int:
    """How many of the windows raise the alarm."""
    references = np.stack([rows(random, 200) for _ in windows])
    got = returned(student, sent, expected, "driver:detects", references, np.stack(windows))
    if not isinstance(got, int):  # what is neither True nor False comes as it is
        of_kind(got, sent, "True or False for each window", bool)
    return got


@check(task=2, points=2, likely="the level is one that chance reaches: nine columns are nine chances", read=ALARM)
def test_clean_windows_raise_hardly_an_alarm(student: Student, random):
    """In fifty weeks without any change there is hardly an alarm"""
    for size in (100, 60):
        sent, expected = f"50 windows of {size} pictures like those of the reference", "5 alarms at most"
        got = alarms(student, sent, expected, [rows(random, size) for _ in range(50)], random)
        expect(got <= 5, sent, expected, f"{got} alarms")  # three come by chance, with seven in a thousand windows


@check(task=2, points=2, likely="only some of the columns are looked at, or only their means", read=ALARM)
def test_each_change_raises_the_alarm(student: Student, random):
    """Each change raises the alarm, whichever column it is in"""
    for what, change in CHANGES.items():
        sent, expected = f"10 windows of 100 pictures; {what}", "9 alarms at least"
        got = alarms(student, sent, expected, [change(rows(random, 100)) for _ in range(10)], random)
        expect(got >= 9, sent, expected, f"{got} alarms")


# Task 3


def chosen(student: Student, sent: str, scores: np.ndarray, budget: int) -> np.ndarray:
    expected = f"different row numbers below {len(scores)}, whole ones, of which one at least and {budget} at most"
    got = returned(student, sent, expected, f"{POLICIES}:choose_labels", scores, budget, kind=np.ndarray)
    whole = got.ndim == 1 and got.dtype.kind in "iu" and len(got) > 0
    fits = whole and len(set(got.tolist())) == len(got) <= budget and got.min() >= 0 and got.max() < len(scores)
    expect(fits, sent, expected, f"{got.dtype} {got.shape}: {got.tolist()[:12]}")
    return got


@check(task=3, points=1, likely="a picture is bought twice, or the budget is larger than the window", read=OWN)
def test_the_budget_is_kept(student: Student, random):
    """No more labels than the budget, no picture twice, also from a small window"""
    for count, budget in ((100, 60), (100, 7), (20, 60)):
        chosen(student, f"{count} pictures, a budget of {budget}", random.dirichlet(np.ones(4), count), budget)


@check(
    task=3,
    points=2,
    likely="the surest pictures are bought, or doubt is read from one score alone",
    read=OWN,
)
def test_half_of_the_budget_goes_where_the_champion_is_in_doubt(student: Student, random):
    """Half of the budget goes to the pictures whose two highest scores differ least"""
    # Two classes share nearly all, or two thirds: neither the highest score nor the second alone tells the doubt.
    apart = np.linspace(0.02, 0.6, 100)[:, None] * [[1, -1, 0, 0]]
    even, odd = np.array([0.49, 0.49, 0.01, 0.01]), np.array([0.35, 0.35, 0.2, 0.1])
    highest = np.where(np.arange(100)[:, None] % 2, odd, even) * (1 + apart)
    order = random.permutation(100)
    got = chosen(student, "100 pictures, a budget of 40", highest[order], 40)
    margins = np.sort(highest[order], axis=1)
    doubtful = set(np.argsort(margins[:, -1] - margins[:, -2])[:20].tolist())
    found = len(doubtful & set(got.tolist()))
    expect(found == 20, "100 pictures, a budget of 40", "the 20 most doubtful among them", f"{found} of these 20")


@check(task=3, points=2, likely="only doubtful pictures are bought, or the rest comes from one end", read=OWN)
def test_the_other_half_is_like_the_rest(student: Student):
    """The other half is spread over the rest, from the first to the last and from doubtful to sure"""
    margins = np.tile(np.linspace(0.02, 0.98, 50), 2)
    scores = np.stack([(1 + margins) / 2, (1 - margins) / 2, 0 * margins, 0 * margins], axis=1)
    got = chosen(student, "100 pictures, each doubt twice, a budget of 40", scores, 40)
    rest = [row for row in got.tolist() if margins[row] > np.sort(margins)[19]]
    sent, expected = "the 20 or so that are not the most doubtful", "some of each quarter of the window, some sure ones"
    quarters = sorted({row // 25 for row in rest})
    sure = sum(margins[row] > 0.7 for row in rest)
    expect(len(quarters) == 4 and sure >= 3, sent, expected, f"quarters {quarters}, {sure} sure ones")
