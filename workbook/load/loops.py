"""The two ways to put load on a server, which answer two questions.

``closed_loop``: so many clients, each of which asks again when it has its answer. It finds out how much a server can
do. When the server is slow, so are the clients: they send less, and what they would have sent is not in the figures.
This is *coordinated omission*, as Gil Tene named it.

``open_loop``: requests that come when they come, as from people who do not know of each other. It finds out how long
they wait. A request that could not be sent in time counts from when it was due.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import numpy as np

from workbook.load.answers import Answers

TIMEOUT_SECONDS = 30
NO_ANSWER = 0


@dataclass(frozen=True)
class Question:
    """What is asked again and again: a POST of ``body``, which is JSON, to ``url``."""

    url: str
    body: bytes

    def connect(self) -> Connection:
        """A connection of its own for one client."""
        return Connection(self)


class Connection:
    """One connection, kept as long as the server keeps it, and opened again when it is lost.

    By the standard library: ``requests`` takes so long for each call that a fast server would wait for its clients.
    """

    def __init__(self, question: Question) -> None:
        address = urlsplit(question.url)
        self._http = HTTPConnection(address.hostname, address.port, timeout=TIMEOUT_SECONDS)
        self._request = ("POST", address.path, question.body, {"Content-Type": "application/json"})

    def ask(self) -> int:
        """Send the question, and wait for the whole answer. Returns its status, or 0 if none came."""
        try:
            self._http.request(*self._request)
            answer = self._http.getresponse()
            answer.read()
        except (OSError, HTTPException):
            self._http.close()
            return NO_ANSWER
        return answer.status

    def close(self) -> None:
        self._http.close()


class _Clock:
    """Starts when the last of the clients has had its first answer, and stops ``seconds`` later."""

    def __init__(self, clients: int, seconds: float) -> None:
        self._missing, self._seconds, self._lock = clients, seconds, threading.Lock()
        self.start = self.stop = math.inf

    def first_answer(self) -> None:
        with self._lock:
            self._missing -= 1
            if not self._missing:
                self.start = time.perf_counter()
                self.stop = self.start + self._seconds


def closed_loop(question: Question, clients: int, seconds: float) -> Answers:
    """What ``clients`` got that asked for ``seconds``, each its next question when it had the answer to its last.

    The time begins when each has had a first answer, so that neither connecting nor an empty queue counts. It holds the
    answers that came in this time; a request is due when it is sent. Raises ``ValueError`` for no clients or no time.
    """
    if clients < 1 or seconds <= 0:
        raise ValueError(f"{clients} clients for {seconds} seconds: expected at least 1, for more than 0")
    clock, rows = _Clock(clients, seconds), []

    def client(_: int) -> None:
        connection = question.connect()
        rows.append(_timed(connection))
        clock.first_answer()
        while time.perf_counter() < clock.stop:
            rows.append(_timed(connection))
        connection.close()

    _at_once(client, clients)
    sent, done, status = np.array(rows).T
    within = (done > clock.start) & (done <= clock.stop)
    sent, done = sent[within] - clock.start, done[within] - clock.start
    return Answers(sent, sent, done, status[within].astype(int), seconds)


def open_loop(question: Question, due: np.ndarray, connections: int = 128) -> Answers:
    """What became of requests that were ``due`` at these moments, (n,), in seconds from now, in order.

    One that finds all ``connections`` waiting is sent as soon as one of them is free, and is late by as much. It ends
    when all have been answered. Raises ``ValueError`` if nothing is due, or there are no connections.
    """
    if not len(due) or connections < 1:
        raise ValueError(f"{len(due)} requests on {connections} connections: expected at least one of each")
    sent, done, status = np.zeros(len(due)), np.zeros(len(due)), np.zeros(len(due), int)
    numbers, patience = itertools.count(), threading.Event()  # next() of a count is one step for Python's threads
    start = time.perf_counter()

    def sender(_: int) -> None:
        connection = question.connect()
        while (number := next(numbers)) < len(due):
            patience.wait(max(0.0, start + due[number] - time.perf_counter()))
            sent[number], done[number], status[number] = _timed(connection)
        connection.close()

    _at_once(sender, min(connections, len(due)))
    done -= start
    return Answers(np.asarray(due, float), sent - start, done, status, float(done.max()))


def poisson(rate: float, seconds: float, seed: int) -> np.ndarray:
    """Moments, in seconds and in order, at which people come who know nothing of each other: ``rate`` per second.

    The gaps between them have an exponential distribution, so there are crowds and lulls. The same seed, the same ones.
    """
    rng = np.random.default_rng(seed)
    enough = int(rate * seconds + 10 * math.sqrt(rate * seconds) + 10)
    moments = np.cumsum(rng.exponential(1 / rate, enough))
    return moments[moments < seconds]


def _timed(connection: Connection) -> tuple[float, float, int]:
    sent = time.perf_counter()
    status = connection.ask()
    return sent, time.perf_counter(), status


def _at_once(work: Callable[[int], None], times: int) -> None:
    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
