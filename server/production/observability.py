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

from server.production import metrics

# A caller's own id is kept, so that its log and ours can be joined, but it must not be able to forge a line.
REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
NO_SNIFFING = ("X-Content-Type-Options", "nosniff")


class Observed:
    """A WSGI application, watched. ``log`` gets a line of JSON for each request, without header, body or query."""

    def __init__(self, app: Callable, log: BinaryIO | None) -> None:
        self._app = app
        self._log = log

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        started = time.perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)

        def start(status: str, headers: list[tuple[str, str]], *exc_info: object) -> Callable:
            line = {
                "time": datetime.now(UTC),
                "request": request_id,
                "method": environ["REQUEST_METHOD"],
                "path": environ.get("PATH_INFO", ""),
                "status": int(status[:3]),
                "ms": round((time.perf_counter() - started) * 1000, 3),
            }
            metrics.count_response(line["method"], line["status"])
            if self._log:
                self._log.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
                self._log.flush()
            return start_response(status, [*headers, ("X-Request-Id", request_id), NO_SNIFFING], *exc_info)

        return self._app(environ, start)
