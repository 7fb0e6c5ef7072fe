"""What came of a load: a row for each request, and the figures that are taken from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Answers:
    """Of each request in ``seconds`` of load, in seconds since its start: when it was ``due``, ``sent`` and ``done``.

    All are float64 (n,), but for ``status``, whole numbers: that of HTTP, and 0 where no answer came.
    """

    due: np.ndarray
    sent: np.ndarray
    done: np.ndarray
    status: np.ndarray
    seconds: float

    @property
    def waited(self) -> np.ndarray:
        """Seconds from when a request was due until its answer: what a user waits, (n,)."""
        return self.done - self.due

    @property
    def served(self) -> np.ndarray:
        """Seconds from when a request was really sent until its answer, (n,). Shorter, if the sender was late."""
        return self.done - self.sent

    @property
    def good(self) -> np.ndarray:
        """Whether the answer has a status of 2xx, (n,) of bool."""
        return self.status // 100 == 2

    @property
    def rate(self) -> float:
        """Good answers per second."""
        return float(self.good.sum() / self.seconds)

    def waiting(self, moments: np.ndarray) -> np.ndarray:
        """How many requests were due and had no answer at each of the ``moments`` (m,), in seconds."""
        begun = np.searchsorted(np.sort(self.due), moments, side="right")
        return begun - np.searchsorted(np.sort(self.done), moments, side="right")


def in_the_system(rate: float, seconds: float) -> float:
    """Little's law, L = X W: how many are in a system that lets through ``rate`` per second, each of them ``seconds``.

    John D. C. Little, "A Proof for the Queuing Formula L = λW", Operations Research 9 (3), 1961. It asks for nothing
    but that, over the time looked at, as many leave as come.
    """
    return rate * seconds


def knee(clients: np.ndarray, rates: np.ndarray, enough: float = 0.9) -> int:
    """The fewest ``clients`` (n,) that get ``enough`` of the highest of the ``rates`` (n,): more only wait longer."""
    return int(np.min(np.asarray(clients)[np.asarray(rates) >= enough * np.max(rates)]))
