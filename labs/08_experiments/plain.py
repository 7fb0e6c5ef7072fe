"""What the checks do with the numbers that come back."""

from __future__ import annotations

import math

import numpy as np

from workbook.labs.checks.assertions import expect

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
