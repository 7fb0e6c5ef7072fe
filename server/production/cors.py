"""Whether pages of other origins may read the answers: CORS (https://fetch.spec.whatwg.org/#http-cors-protocol).

``SERVER_CORS_ORIGINS`` lists these origins, separated by spaces, as in ``http://localhost:3000 https://shop.example``,
or is ``*`` for all. Without it, a browser withholds the answers from every page but the server's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable

ORIGINS = "SERVER_CORS_ORIGINS"
ORIGIN = re.compile(r"\*|https?://[\w.\[\]:-]+", re.ASCII)  # a scheme, a host and perhaps a port; no path
ALLOWED = [
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Request-Id"),
    ("Access-Control-Max-Age", "600"),
]


def origins_from_environment() -> frozenset[str]:
    """Raises ``ValueError``, with what to do, for what cannot be an origin."""
    origins = frozenset(os.environ.get(ORIGINS, "").split())
    for origin in sorted(origins):
        if not ORIGIN.fullmatch(origin):
            raise ValueError(f"{ORIGINS}: {origin!r} is not an origin; expected one like http://localhost:3000, or *")
    return origins


class Cors:
    """A WSGI application whose answers can be read by pages of ``origins``. It answers preflight requests by itself."""

    def __init__(self, app: Callable, origins: frozenset[str]) -> None:
        self._app = app
        self._origins = origins

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN")
        if not origin or not self._origins & {origin, "*"}:
            return self._app(environ, start_response)
        own = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
        if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            start_response("204 No Content", [*own, *ALLOWED])
            return []

        def start(status: str, headers: list[tuple[str, str]], *exc_info: object) -> Callable:
            return start_response(
                status, [*headers, *own, ("Access-Control-Expose-Headers", "X-Request-Id")], *exc_info
            )

        return self._app(environ, start)
