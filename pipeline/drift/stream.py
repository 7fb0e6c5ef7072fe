"""Pictures that come one after another: a score that rises when they are no longer what they were, and a level for it.

A score is worked out again and again, on windows that overlap. So its level is not that of one window, but the one that
a whole stream without any trouble seldom exceeds.
"""

from __future__ import annotations

import math

import numpy as np

from server.production.monitoring.measures import distance_of_values

WINDOW = 60


def drift_score(reference: np.ndarray, seen: np.ndarray) -> float:
    """How unlike the reference the newest pictures of a stream are: a finite number, the larger the more.

    ``reference`` (m, 8) and ``seen`` (n, 8) have a row for each picture, its eight statistics in the order of
    ``evidence.STATISTICS``. ``seen`` is all that has come so far, oldest first; it is asked for every 20 pictures, for
    each of many streams, so it takes milliseconds at most. In the ``reference`` no picture has any trouble.

    The level at which the alarm is raised is set from outside, so that of streams without trouble one in twenty raises
    a false alarm. Two things count: that the score rises above the level in whatever trouble the camera may have, not
    only with the light; and how soon it does, once the trouble is there. Of a stream that is too short to say anything,
    the score is 0.
    """
    if len(seen) < WINDOW:
        return 0.0
    newest = seen[-WINDOW:]
    columns = range(reference.shape[1])
    return max(distance_of_values(np.sort(reference[:, column]), newest[:, column]) for column in columns)


def alarm_level(scores: np.ndarray, false_alarms: float) -> float:
    """The lowest of ``scores`` that not more than a share ``false_alarms`` of the streams ever exceed.

    ``scores`` (streams, steps) are those of streams without any trouble: a stream raises a false alarm if any of its
    scores is above the level. Raises ``ValueError`` where even one stream would be more than that share, for then
    nothing can be said of it: take more streams.
    """
    allowed = math.floor(len(scores) * false_alarms + 1e-9)  # 0.29 * 100 is 28.999999999999996
    if allowed < 1:
        raise ValueError(f"{len(scores)} streams are too few for a share of {false_alarms}; take more")
    highest = np.sort(scores.max(axis=1))
    return float(highest[len(highest) - 1 - allowed])
