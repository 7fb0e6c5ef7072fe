"""The turns of lesson 05."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real

from workbook.lessons.turn import Turn, expect

SHARE, HALF_WIDTH, NORMAL = 0.96, 0.01, 1.96


def check_fit(fitted: Callable[[int, int, int], tuple[int, int]]) -> None:
    for width, height, edge in ((118, 280, 28), (280, 118, 28), (300, 300, 28), (560, 280, 56)):
        asked = f"fitted({width}, {height})" if edge == 28 else f"fitted({width}, {height}, edge={edge})"
        got = fitted(width, height, edge)
        pair = isinstance(got, tuple | list) and len(got) == 2 and all(isinstance(length, Real) for length in got)
        expect(pair, f"{asked} returned {got!r}; expected two numbers, the width and the height")
        longer = max(width, height)
        wanted = (round(edge * width / longer), round(edge * height / longer))
        expect(
            tuple(got) != (edge, edge) or width == height,
            f"{asked} returned {got}: that is the whole square, so the picture is stretched; expected {wanted}",
        )
        expect(not _near(got, wanted[::-1]) or width == height, f"{asked} returned {got}: the width comes first")
        expect(max(got) <= edge, f"{asked} returned {got}, which does not fit into {edge} by {edge} pixels")
        expect(_near(got, wanted), f"{asked} returned {got}; expected {wanted}")
        expect(all(float(length).is_integer() for length in got), f"{asked} returned {got}; round to whole pixels")


def _near(got: tuple[float, float], wanted: tuple[int, int]) -> bool:
    return all(abs(length - right) <= 1 for length, right in zip(got, wanted, strict=True))


def check_files_needed(count: float) -> None:
    expect(isinstance(count, Real) and count > 0, f"{count!r} is not a number of files")
    half_width = NORMAL * math.sqrt(SHARE * (1 - SHARE) / count)
    told = f"with {count:,.0f} files the interval is {SHARE} ± {half_width:.4f}, and ± {HALF_WIDTH} was asked for"
    linear = 300 * 0.0222 / HALF_WIDTH
    expect(
        abs(count / linear - 1) > 0.05,
        f"{told}: twice as many files do not halve it, because the count is under a square root",
    )
    expect(abs(half_width / HALF_WIDTH - 1) <= 0.02, told)


REPEATED = {
    "GET the model card, answered 503": (True, "reading changes nothing, and 503 says: not now"),
    "POST images to classify, connection lost while waiting": (
        True,
        "classifying changes nothing on the server, so that it may have been done already does no harm",
    ),
    "POST an order for a coat, answered 504": (
        False,
        "504 says that the answer was late, not that nothing was done: the coat may be on its way",
    ),
    "POST images to classify, answered 400": (False, "the same request will be refused for the same reason"),
    "PUT 2 as the default version, answered 502": (True, "set to 2 twice, the default is 2"),
}


def check_repeat(repeat: dict[str, bool]) -> None:
    expect(isinstance(repeat, dict) and repeat.keys() == REPEATED.keys(), "leave the five requests as they were")
    for request, (wanted, reason) in REPEATED.items():
        got = repeat[request]
        expect(isinstance(got, bool), f"“{request}”: {got!r} is neither True nor False")
        expect(got == wanted, f"“{request}”: not {got}, because {reason}")


def check_backoff(wait: Callable[[int], float]) -> None:
    base, longest = 0.2, 10
    for attempt in range(12):
        waits = [wait(attempt) for _ in range(200)]
        kind = next((seconds for seconds in waits if not isinstance(seconds, Real)), None)
        expect(kind is None, f"wait({attempt}) returned {kind!r}; expected a number of seconds")
        most = min(longest, base * 2**attempt)
        found = f"200 calls of wait({attempt}) gave {min(waits):.2f} to {max(waits):.2f} s"
        expect(min(waits) >= 0, f"{found}: nobody can wait less than 0 s")
        expect(len(set(waits)) > 1, f"{found}: all clients wait equally long, and come back together")
        expect(
            max(waits) <= longest,
            f"{found}: nobody waits that long; expected at most {longest} s at any try",
        )
        expect(max(waits) <= most, f"{found}; expected at most {most:g} s before such an early try")
        expect(max(waits) > most / 2, f"{found}; expected up to {most:g} s: each try may wait longer than the last")
        expect(min(waits) < most / 2, f"{found}; expected anything from 0 to {most:g} s")


TURNS: tuple[Turn, ...] = (
    Turn(
        name="05 fit",
        check=check_fit,
        idea="One factor for both edges: what keeps the proportions is that the longer edge decides.",
        answer=("tuple(round(edge * length / max(width, height)) for length in (width, height))",),
        wrong=(
            ("(edge, edge)",),
            ("(round(edge * width / height), edge)",),
            ("tuple(round(edge * length / max(width, height)) for length in (height, width))",),
            ("tuple(edge * length / max(width, height) for length in (width, height))",),
        ),
    ),
    Turn(
        name="05 files needed",
        check=check_files_needed,
        idea="Half the width takes four times the files.",
        answer=("1.96**2 * 0.96 * 0.04 / 0.01**2",),
        wrong=(("300 * 0.0222 / 0.01",), ("0.96 * 0.04 / 0.01**2",), ("1.96 * 0.96 * 0.04 / 0.01",), ('"many"',)),
    ),
    Turn(
        name="05 repeat",
        check=check_repeat,
        idea="What counts is whether a second time does harm, not which method or status code it was.",
        answer=("True", "True", "False", "False", "True"),
        wrong=(
            ("True", "True", "True", "True", "True"),
            ("True", "False", "False", "False", "True"),
            ("True", "True", "False", "True", "True"),
            ("True", "True", "False", "False", '"yes"'),
        ),
    ),
    Turn(
        name="05 backoff",
        check=check_backoff,
        idea="Each try may wait longer, no two clients wait equally long, and nobody waits forever.",
        answer=("random.uniform(0, min(longest, base * 2**attempt))",),
        wrong=(
            ("base * 2**attempt",),
            ("random.uniform(0, base * 2**attempt)",),
            ("random.uniform(0, longest)",),
            ("random.uniform(0, base)",),
        ),
    ),
)
