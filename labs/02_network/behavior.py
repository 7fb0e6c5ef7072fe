"""What `workbook diff 02` compares."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from workbook.labs.checks.assertions import Student


def behavior(student: Student) -> Iterator[tuple[str, partial]]:
    """A name for each call, and the call."""
    pixels = np.arange(128, dtype=np.uint8).reshape(2, 8, 8) % 17
    scores = np.eye(3)[[0, 0, 1, 0, 1]] * 0.8
    yield "two digits as rows", partial(student.call, "pipeline.digits:to_rows", pixels)
    yield "LeNet-5", partial(student.call, "driver:network", 10)
    yield "LeNet-5 for 3 classes", partial(student.call, "driver:network", 3)
    yield "five pictures measured", partial(student.call, "driver:measure", scores, np.array([0, 0, 1, 1, 2]))
    yield "summed up", partial(student.call, "driver:summary", 0.6, np.array([0.5, 1]), np.ones(2), np.zeros(2))
