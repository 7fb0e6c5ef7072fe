"""Runs beside the student's code: keeps the streams that have come so far, and asks for their scores.

The checks hand over what comes next, and no more. So no score can know what has not happened yet.
"""

from __future__ import annotations

import numpy as np

STREAMS: dict[str, list[np.ndarray] | np.ndarray] = {}


def begin(reference: np.ndarray, streams: int) -> bool:
    """Forget what was, and begin so many streams."""
    STREAMS["reference"] = reference
    STREAMS["seen"] = [np.empty((0, reference.shape[1])) for _ in range(streams)]
    return True


def scores(rows: np.ndarray) -> object:
    """The score of each stream, floats (streams,), when to each its own of ``rows`` (streams, new, 8) have come.

    What is not a number goes to the checks as it is: they say so.
    """
    from pipeline.drift.stream import drift_score

    found = []
    for number, new in enumerate(rows):
        seen = np.concatenate([STREAMS["seen"][number], new])
        STREAMS["seen"][number] = seen
        score = drift_score(STREAMS["reference"].copy(), seen.copy())
        if not isinstance(score, int | float | np.integer | np.floating) or not np.isfinite(score):
            return score
        found.append(float(score))
    return np.array(found)


def alarm(failed: list, total: list, promised: float, pairs: list, every: int) -> object:
    """What ``budget_alarm`` says, with each of ``pairs`` as a long window, a short one and a burn rate."""
    from pipeline.slo import Pair, budget_alarm

    answer = budget_alarm(failed, total, promised, tuple(Pair(*pair) for pair in pairs), every)
    return bool(answer) if isinstance(answer, np.bool_) else answer
