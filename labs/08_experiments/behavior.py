"""What `workbook diff 08` compares: the same users, plans and streams given to both."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from workbook.labs.checks.assertions import Student

SHARES = [[1, 0.2], [2, 0.5], [3, 0.3]]


def behavior(student: Student) -> Iterator[tuple[str, partial]]:
    """A name for each call, and a call that gives what came back."""
    size, evidence = "pipeline.experiments.planning:sample_size", "pipeline.experiments.sequential:evidence"
    generator = np.random.default_rng(8)
    worse, better = generator.random(900) < 0.75, generator.random(900) < 0.9
    for name, function, arguments in (
        ("three users", "driver:points", ("summer", ["user-1", "user-2", "Zoë"])),
        ("another salt", "driver:points", ("winter", ["user-1", "user-2", "Zoë"])),
        ("six points of the line", "driver:versions", ([0.0, 0.1, 0.2, 0.5, 0.7, 0.99], SHARES)),
        ("v1 against v2", size, (0.8921, 0.9179)),
        ("more power", size, (0.8921, 0.9179, 0.95)),
        ("equal versions", size, (0.9, 0.9)),
        ("no pair", evidence, (0, 0)),
        ("30 wins, 10 losses", evidence, (30, 10)),
        ("millions", evidence, (3_000_000, 2_000_000)),
        ("B is better", "driver:alarm", (worse, better, 0.05)),
        ("A is better", "driver:alarm", (better, worse, 0.05)),
        ("no difference", "driver:alarm", (better, better, 0.05)),
    ):
        yield name, partial(_told, student, function, arguments)


def _told(student: Student, function: str, arguments: tuple) -> str:
    """With as many digits as two ways of calculating have in common."""
    return _rounded(student.call(function, *arguments))


def _rounded(value: object) -> str:
    if isinstance(value, dict):
        return _rounded(value.get("at"))
    if isinstance(value, list):
        return ", ".join(map(_rounded, value))
    plain = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    return f"{plain:.9g}" if isinstance(plain, int | float) else repr(plain)
