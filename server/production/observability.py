"""What goes around every request: an id, a line in the log, a count, and the headers of every answer.

A WSGI middleware that writes its line itself: with Flask's hooks and a logging library, this took longer than the
model.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import BinaryIO

import orjson

from server.production import answered, metrics
from server.production.environment import ARRIVED, path_of

# A caller's own id is kept, so that its log and ours can be joined, but it must not be able to forge a line.
REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
NO_SNIFFING = ("X-Content-Type-Options", "nosniff")


class Observation:
    """One request, from when all of it was there until ``end``. ``log`` gets its line: no header, no body, no query."""

    def __init__(self, environ: dict, log: BinaryIO | None) -> None:
        self._started = environ.get(ARRIVED) or time.perf_counter()
        self._environ = environ
        self._log = log
        given = environ.get("HTTP_X_REQUEST_ID", "")
        self.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)

    def end(self, status: int, headers: list[tuple[str, str]], more: dict | None = None) -> list[tuple[str, str]]:
        """Count and log the answer, with ``more`` in its line; returns its ``headers`` with those that all have."""
        seconds = time.perf_counter() - self._started
        line = {
            "time": datetime.now(UTC),
            "request": self.request_id,
            "method": self._environ["REQUEST_METHOD"],
            "path": path_of(self._environ),
            "status": status,
            "ms": round(seconds * 1000, 3),
            **(more or {}),
        }
        metrics.count_response(line["method"], status, seconds)
        if self._log:
            self._log.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            self._log.flush()
        return [*headers, ("X-Request-Id", self.request_id), NO_SNIFFING]


class Observed:
    """A WSGI application, watched. ``log`` gets a line of JSON for each request."""

    def __init__(self, app: Callable, log: BinaryIO | None) -> None:
        self._app = app
        self._log = log

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        observation = Observation(environ, self._log)
        answered.begin()

        def start(status: str, headers: list[tuple[str, str]], *exc_info: object) -> Callable:
            ended = observation.end(int(status[:3]), headers, answered.signature())
            return start_response(status, ended, *exc_info)

        return self._app(environ, start)
