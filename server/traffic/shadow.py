"""Copies of requests for a version that is only tried: its answers are compared with those that users got.

A copy is made once the user's answer is there, and waits in a queue of its own. If the shadow is slow, the queue fills
up; if it is down, it is left alone for a second. What comes meanwhile is dropped and counted. The user never waits.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from datetime import UTC, datetime
from typing import BinaryIO

import orjson

from server.traffic import metrics
from server.traffic.backend import Backend
from server.traffic.exchange.messages import Reply, Request

AT_ONCE = 8
MOST_WAITING = 64
MOST_BYTES = 16 * 1024 * 1024  # of the bodies that wait
REST_SECONDS = 1.0
MOST_TOLD = 10  # images of one request whose two labels the log names


class ShadowCopies:
    """Sends copies to ``version``, and writes to ``log`` a JSON line on how each compares. ``counts`` are by result."""

    def __init__(self, backend: Backend, version: int, log: BinaryIO | None) -> None:
        self.counts = Counter(agree=0, differ=0, failed=0, dropped=0)
        self._backend = backend
        self._version = version
        self._log = log
        self._waiting: deque[tuple[Request, Reply]] = deque()
        self._bytes = 0
        self._tasks: set[asyncio.Task] = set()
        self._resting_until = 0.0

    def offer(self, request: Request, answer: Reply) -> None:
        """Have the request, to which the user got ``answer``, copied; or drop it."""
        size = len(request.body) + len(answer.body)
        full = len(self._waiting) >= MOST_WAITING or self._bytes + size > MOST_BYTES
        if full or time.monotonic() < self._resting_until:
            self._count("dropped")
            return
        self._waiting.append((request, answer))
        self._bytes += size
        if len(self._tasks) < AT_ONCE:
            task = asyncio.get_running_loop().create_task(self._send_what_waits())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send_what_waits(self) -> None:
        while self._waiting:
            request, answer = self._waiting.popleft()
            self._bytes -= len(request.body) + len(answer.body)
            started = time.perf_counter()
            copy = await self._backend.ask(self._version, request)
            self._tell(request, compare(answer, copy), (time.perf_counter() - started) * 1000)
            if copy.status >= 500:
                self._rest()

    def _rest(self) -> None:
        self._resting_until = time.monotonic() + REST_SECONDS
        while self._waiting:
            self._waiting.pop()
            self._count("dropped")
        self._bytes = 0

    def _tell(self, request: Request, found: dict, milliseconds: float) -> None:
        self._count(found["shadow"])
        if self._log:
            line = {"time": datetime.now(UTC), "request": request.request_id, "model": self._backend.name}
            line |= {"version": self._version, **found, "ms": round(milliseconds, 3)}
            self._log.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            self._log.flush()

    def _count(self, result: str) -> None:
        self.counts[result] += 1
        metrics.COPIES.labels(self._backend.name, self._version, result).inc()


def compare(answer: Reply, copy: Reply) -> dict:
    """``{"shadow": "agree" | "differ" | "failed", ...}``: whether two answers label every image alike.

    Of those that differ ``differing`` lists the first, each with its place and both labels; of what failed, its status.
    """
    ours, theirs = labels_in(answer), labels_in(copy)
    if ours is None or theirs is None or len(ours) != len(theirs):
        return {"shadow": "failed", "status": copy.status}
    pairs = zip(ours, theirs, strict=True)
    differing = [[place, one, other] for place, (one, other) in enumerate(pairs) if one != other]
    found = {"shadow": "differ" if differing else "agree", "images": len(ours)}
    return found | ({"differ": len(differing), "differing": differing[:MOST_TOLD]} if differing else {})


def labels_in(answer: Reply) -> list[str] | None:
    """The label of each image, or None if it is no answer of a classifier."""
    if not answer.good:
        return None
    try:
        labels = orjson.loads(answer.body)["labels"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    good = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
    return labels if good else None
