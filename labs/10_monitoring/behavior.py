"""What `workbook diff` compares: the same calls to the student's functions and to the reference's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import streams

from pipeline.slo import HOUR, MINUTE
from workbook.labs.checks.assertions import Student

WINDOWS = {
    "the same numbers": np.linspace(0, 1, 50),
    "higher numbers": np.linspace(0.5, 1.5, 50),
    "a wider spread": np.linspace(-1, 2, 50),
    "one number": np.array([0.5]),
}
FAILURES = {"a hiccup": [0] * 60 + [50], "an hour of failures": [2] * 60, "what is over": [2] * 60 + [0] * 5}


def behavior(student: Student) -> Iterator[tuple[str, partial]]:
    """A name for each call, and the call."""
    reference = np.linspace(0, 1, 50)
    for name, window in WINDOWS.items():
        function = "server.production.monitoring.measures:distance_of_values"
        yield f"the distance of {name}", partial(student.call, function, reference, window)
    yield "pictures until the alarm", partial(_delays, student)
    scores = np.arange(80.0).reshape(40, 2)
    yield "a level for 40 streams", partial(student.call, "pipeline.drift.stream:alarm_level", scores, 0.1)
    for name, failed in FAILURES.items():
        asked = (failed, [100] * len(failed), 0.999, [[HOUR, 5 * MINUTE, 14.4]], MINUTE)
        yield name, partial(student.call, "driver:alarm", *asked)


def _delays(student: Student) -> dict[str, float]:
    known, rows = streams.streams()
    student.call("driver:begin", known, len(rows))
    steps = np.split(rows, streams.LENGTH // streams.STEP, axis=1)
    scores = np.stack([student.call("driver:scores", step) for step in steps], axis=1)
    found = {name: float(delays.mean()) for name, delays in streams.delays(scores).items()}
    return {**found, f"false alarms of {streams.CLEAN} streams": streams.false_alarms(scores)}
