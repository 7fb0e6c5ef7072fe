"""The newest pictures of one model version, over all worker processes, in constant memory and little time.

Not the pictures themselves: four numbers for each, and when it came. Each worker writes to a ring of its own; where
there are several workers, the ring is a file in the folder that they share, and whoever is asked reads them all.
"""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

import numpy as np

from server.production.monitoring.reference import STATISTICS, rows_of

COLUMNS = len(STATISTICS) + 1  # the first is the time, in seconds; 0 is a place that is free
ENDING = ".rows"
NUMBERS = itertools.count()
# What a worker looks at in a second, once its ring was filled. Looking at one takes a third of a request's time: where
# each was looked at, `workbook bench reference unwatched` showed the server slower by a quarter.
PER_SECOND = 100


class Window:
    """A ring of ``size`` rows, which begins empty. With a ``folder``, it is one of the files in there."""

    def __init__(self, size: int, folder: Path | None = None) -> None:
        self._folder = folder
        self._next = 0
        self._budget, self._counted = float(size), time.monotonic()
        if folder is None:
            self._ring = np.zeros((size, COLUMNS))
            return
        folder.mkdir(parents=True, exist_ok=True)
        # What this worker held of a version that was replaced. The name is another one: a request that is under way may
        # still write to the old file, and the process would die if that were cut short.
        for old in folder.glob(f"{os.getpid()}-*{ENDING}"):
            old.unlink()
        name = f"{os.getpid()}-{next(NUMBERS)}{ENDING}"
        self._ring = np.memmap(folder / name, np.float64, "w+", shape=(size, COLUMNS))

    def add(self, pixels: np.ndarray, scores: np.ndarray) -> None:
        """Look at uint8 ``pixels`` (n, height, width), which came just now, and their ``scores`` (n, classes).

        The oldest give way. Where more come than ``PER_SECOND``, it looks at some, evenly among those of one call.
        """
        count = self._affordable(len(pixels))
        if not count:
            return
        taken = np.arange(count) * len(pixels) // count
        places = np.arange(self._next, self._next + count) % len(self._ring)
        self._ring[places, 1:] = rows_of(pixels[taken], scores[taken])
        self._ring[places, 0] = time.time()
        self._next = (self._next + count) % len(self._ring)

    def _affordable(self, wanted: int) -> int:
        """A token bucket, as large as the ring."""
        now = time.monotonic()
        self._budget = min(len(self._ring), self._budget + (now - self._counted) * PER_SECOND)
        self._counted = now
        count = min(wanted, int(self._budget))
        self._budget -= count
        return count

    def newest(self) -> np.ndarray:
        """The newest rows of all workers (n, 4), oldest first, at most as many as one ring holds."""
        rings = [np.array(self._ring)] if self._folder is None else [*map(_read, self._folder.glob(f"*{ENDING}"))]
        rows = np.concatenate(rings)
        rows = rows[rows[:, 0] > 0]
        return rows[np.argsort(rows[:, 0], kind="stable")][-len(self._ring) :, 1:]


def _read(path: Path) -> np.ndarray:
    try:
        return np.fromfile(path).reshape(-1, COLUMNS)
    except FileNotFoundError:  # its version was replaced a moment ago
        return np.empty((0, COLUMNS))
