"""The turns of lesson 10: a counter that starts again, when to wake somebody, a threshold, labels with weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from workbook.lessons.turn import Turn, expect, number_of, truth_of


def check_increase(increase: Callable[[Sequence[int]], int]) -> None:
    """Whether it counts what came while the counter was looked at, and after each restart from zero."""
    for readings, expected in (
        ([100, 150, 210], 110),
        ([100, 150, 20, 60], 110),
        ([7, 7, 7], 0),
        ([90, 10, 5, 8], 18),
    ):
        found = increase(readings)
        said = f"increase({readings}) gave {found}"
        expect(
            number_of(found, said) >= 0,
            f"{said}: no server answers a negative number of requests. It was started again",
        )
        expect(
            found == expected,
            f"{said}, expected {expected}: a reading below the one before it means that the count began again at 0",
        )


def check_pages(pages: Callable[[float, float, float, float], bool]) -> None:
    """Whether it wakes somebody only for what is fast enough to matter, long enough, and not over yet."""
    for given, expected, why in (
        ((0.02, 0.03, 0.999, 14.4), True, "both windows burn more than 14.4 times too fast"),
        ((0.0025, 0.05, 0.999, 14.4), False, "the last hour as a whole is harmless: that was a blip of a few minutes"),
        ((0.02, 0.0002, 0.999, 14.4), False, "the last five minutes are fine: it is over"),
        (
            (0.004, 0.004, 0.999, 14.4),
            False,
            "that burns 4 times too fast: a matter for the morning, not for the night",
        ),
        ((0.0145, 0.0145, 0.999, 14.4), True, "0.0145 is 14.5 times the 0.001 that may fail"),
        ((0.05, 0.05, 0.99, 14.4), False, "where 1 in 100 may fail, 5 in 100 burn only 5 times too fast"),
        ((0.007, 0.008, 0.999, 6), True, "7 times too fast is more than the factor that was asked for, 6"),
    ):
        found = pages(*given)
        said = f"pages{given} gave {found}"
        expect(truth_of(found, said) == expected, f"{said}, expected {expected}: {why}")


def check_threshold(threshold: Callable[[np.ndarray, float], float]) -> None:
    """Whether a share ``rate`` of the clean windows is above it."""
    generator = np.random.default_rng(10)
    for rate, clean in ((0.01, generator.gamma(2, 0.02, 4000)), (0.05, generator.gamma(2, 0.3, 4000))):
        found = threshold(clean, rate)
        above = float(np.mean(clean > number_of(found, f"you gave {found!r}")))
        said = f"with rate {rate}, {above:.1%} of 4,000 clean windows are above your threshold"
        expect(
            math.isclose(above, rate, abs_tol=0.2 * rate),
            f"{said}, expected {rate:.0%}. The threshold is the distance that only this share of clean windows exceeds",
        )


def check_weights(estimate: Callable[[np.ndarray, np.ndarray], float]) -> None:
    """Whether each label counts for as many pictures as its chance says."""
    for right, chance, expected in (
        (np.array([True, True, False, False]), np.array([0.1, 0.1, 1.0, 1.0]), 20 / 22),
        (np.array([True, True, False, False]), np.array([0.5, 0.25, 0.25, 1.0]), 6 / 11),
        (np.array([True, True, True, False]), np.full(4, 0.3), 0.75),
    ):
        found = estimate(right.copy(), chance.copy())
        said = f"labels {right.tolist()} with chances {chance.tolist()} gave {found}"
        expect(
            0 <= number_of(found, said) <= 1,
            f"{said}, which is no share: divide by the pictures that the labels stand for",
        )
        expect(
            math.isclose(found, expected, rel_tol=1e-3),
            f"{said}, expected {expected:.3f}: a label with the chance 0.1 stands for ten pictures",
        )


TURNS: tuple[Turn, ...] = (
    Turn(
        name="10 increase",
        check=check_increase,
        idea="What came between the last reading and the restart is lost; Prometheus cannot know it either.",
        answer=("sum(b - a if b >= a else b for a, b in pairwise(readings))",),
        wrong=(
            ("readings[-1] - readings[0]",),
            ("max(readings) - min(readings)",),
            ("sum(abs(b - a) for a, b in pairwise(readings))",),
            ("sum(max(b - a, 0) for a, b in pairwise(readings))",),
        ),
    ),
    Turn(
        name="10 pages",
        check=check_pages,
        idea="The long window says that it matters, the short one that it still goes on.",
        answer=("min(long_share, short_share) / (1 - objective) > factor",),
        wrong=(
            ("long_share / (1 - objective) > factor",),
            ("short_share / (1 - objective) > factor",),
            ("max(long_share, short_share) / (1 - objective) > factor",),
            ("min(long_share, short_share) > 1 - objective",),
            ("min(long_share, short_share) * 1000 > factor",),
            ("min(long_share, short_share) / (1 - objective) > 14.4",),
        ),
    ),
    Turn(
        name="10 threshold",
        check=check_threshold,
        idea="The false-alarm rate is now what you chose, for windows of this size.",
        answer=("np.quantile(clean, 1 - rate)",),
        wrong=(
            ("0.2",),
            ("clean.max()",),
            ("np.quantile(clean, rate)",),
            ("clean.mean() + 3 * clean.std()",),
            ("np.quantile(clean, 0.99)",),
            ("clean[clean > 1 - rate]",),
        ),
    ),
    Turn(
        name="10 weights",
        check=check_weights,
        idea="A picture with no chance at all can never be made up for: that is why there is a floor.",
        answer=("(right / chance).sum() / (1 / chance).sum()",),
        wrong=(
            ("right.mean()",),
            ("(right * chance).sum() / chance.sum()",),
            ("(right / chance).sum()",),
            ("(right / chance).mean()",),
            ("right / chance",),
        ),
    ),
)
