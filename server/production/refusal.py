"""A refusal in the form that all errors of the server have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus

import orjson


@dataclass(frozen=True)
class Refusal:
    """A WSGI application that answers whatever it is asked with ``status`` and ``{"error": message}``."""

    status: int
    message: str
    headers: tuple[tuple[str, str], ...] = ()

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        body = orjson.dumps({"error": self.message})
        own = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", [*own, *self.headers])
        return [body]
