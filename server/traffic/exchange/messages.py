"""A request and its answer on their way through the front, and which of their headers go along."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

import orjson

from server.production.environment import UNREADABLE

# What is between two neighbors, and not between the ends (RFC 9110, 7.6.1).
OF_ONE_HOP = {
    *("connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"),
    *("te", "trailer", "transfer-encoding", "upgrade", "expect"),  # codespell:ignore te
}
# What the front writes by itself, on each side.
OF_THE_REQUEST = OF_ONE_HOP | {"host", "content-length"}
OF_THE_ANSWER = OF_ONE_HOP | {
    "content-length",
    "date",
    "server",
    "x-request-id",
    "x-content-type-options",
    "x-model",
    "x-model-version",
    "x-gate",
    "x-fallback-from",
}

BARE = (204, 304)  # statuses whose answers have no body, whatever their headers say

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """What is asked of a model. ``headers`` hold what goes along to its server; ``query`` has no question mark.

    ``unreadable`` are the names, in lower case, of headers that came with a value that is not ASCII.
    """

    request_id: str
    method: str
    query: str
    headers: Headers
    body: bytes
    unreadable: frozenset[str] = frozenset()

    def header(self, name: str) -> str:
        """The value of a header, empty if there is none. Case does not count."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


@dataclass(frozen=True)
class Reply:
    """A whole answer, of a server or of the front itself."""

    status: int
    headers: Headers
    body: bytes

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    def with_headers(self, *headers: tuple[str, str]) -> Reply:
        """The same with these besides."""
        return Reply(self.status, (*self.headers, *headers), self.body)


def json_answer(content: object, status: int = 200, headers: Headers = ()) -> Reply:
    """An answer that the front gives itself."""
    body = orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)
    return Reply(status, (("Content-Type", "application/json"), *headers), body)


def error_answer(status: int | HTTPStatus, message: str, headers: Headers = ()) -> Reply:
    """An error in the form that all errors of the servers have."""
    return json_answer({"error": message}, int(status), headers)


def request_of(environ: dict, request_id: str, body: bytes) -> Request:
    """The request that a WSGI environment describes (PEP 3333)."""
    named = {_header_name(key): value for key, value in environ.items() if _header_name(key)}
    passing = _end_to_end(named.items(), OF_THE_REQUEST | {"x-request-id"})
    headers = (*passing, ("X-Request-Id", request_id))
    unreadable = environ.get(UNREADABLE, frozenset())
    return Request(request_id, environ["REQUEST_METHOD"], environ["QUERY_STRING"], headers, body, unreadable)


def passed_on(headers: list[tuple[str, str]]) -> Headers:
    """Those headers of a server's answer that reach the user."""
    return _end_to_end(headers, OF_THE_ANSWER)


def _end_to_end(headers, dropped: frozenset[str]) -> Headers:
    """Without ``dropped``, and without what Connection names: that, too, is for the next neighbor alone."""
    headers = list(headers)
    named = {name.strip().lower() for key, value in headers if key.lower() == "connection" for name in value.split(",")}
    return tuple((key, value) for key, value in headers if key.lower() not in dropped | named)


@lru_cache(maxsize=256)
def _header_name(key: str) -> str:
    """``X-User-Id`` for ``HTTP_X_USER_ID``; empty for what is no header."""
    if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = f"HTTP_{key}"
    return key.removeprefix("HTTP_").replace("_", "-").title() if key.startswith("HTTP_") else ""
