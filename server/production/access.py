"""Who may have images classified, and how often: bearer tokens (RFC 6750), where the operator wants them.

``SERVER_TOKENS_FILE`` names a file with a token a line; a change of it counts a second later. Without it everybody
may. The model cards, the page and the metrics stay open. ``SERVER_RATE_LIMIT`` is what each token may ask of each
worker process, ``"6000/minute"`` if not given.
"""

from __future__ import annotations

import hmac
import logging
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from server.production.refusal import Refusal

if TYPE_CHECKING:
    from limits import RateLimitItem

log = logging.getLogger(__name__)

TOKENS_FILE = "SERVER_TOKENS_FILE"
RATE_LIMIT = "SERVER_RATE_LIMIT"
DEFAULT_RATE = "6000/minute"
LOOK_SECONDS = 1.0  # so soon after the file has changed it counts; no request is lost over it
# Whatever else there may be needs a token: Flask reads "post" as POST, and may learn to read others so.
OPEN_METHODS = ("GET", "HEAD", "OPTIONS")
SHORTEST_TOKEN = 16  # characters; a shorter one can be guessed


@dataclass(frozen=True)
class Users:
    """Those who may: the SHA-256 of their tokens, so that no token can get into a log, and what each may ask."""

    digests: frozenset[bytes]
    rate: RateLimitItem
    path: Path
    stamp: tuple[int, int, int] | None

    @classmethod
    def from_environment(cls) -> Users | None:
        """None if no file is named. Raises ``ValueError``, with what to do, for settings that cannot be used."""
        if not os.environ.get(TOKENS_FILE):
            if os.environ.get(RATE_LIMIT):
                raise ValueError(
                    f"{RATE_LIMIT} limits each token, and there is none: name a file in {TOKENS_FILE}, too"
                )
            return None
        from limits import parse  # here, not above: it takes 7 MB in each process, and most servers limit nobody

        # An empty setting, as compose hands on one that nobody made, is none.
        rate = os.environ.get(RATE_LIMIT) or DEFAULT_RATE
        path = Path(os.environ[TOKENS_FILE])
        try:
            return cls(_read_tokens(path), parse(rate), path, _stamp_of(path))
        except OSError as error:
            raise ValueError(f"{TOKENS_FILE}: cannot read {error.filename}: {error.strerror}") from error
        except ValueError as error:
            raise ValueError(f"{TOKENS_FILE} or {RATE_LIMIT}={rate!r}: {error}") from error

    def renewed(self) -> Users:
        """As the file is now. If it cannot be used, as it was, and the log says why."""
        stamp = _stamp_of(self.path)
        if stamp == self.stamp:
            return self
        try:
            return replace(self, digests=_read_tokens(self.path), stamp=stamp)
        except (OSError, ValueError) as error:
            log.warning("the tokens stay as they were: %s", error)
            return replace(self, stamp=stamp)  # said once, not at every look

    def digest_of(self, authorization: str) -> bytes | None:
        """The digest of the token in an ``Authorization`` header, if it is one of theirs."""
        scheme, _, token = authorization.partition(" ")
        given = sha256(token.strip().encode("latin-1")).digest()
        # Compared with every one, in constant time: how long it takes says nothing of how near a guess was.
        known = [hmac.compare_digest(given, digest) for digest in self.digests]
        return given if any(known) and scheme.lower() == "bearer" else None


class Access:
    """A WSGI application that lets only ``users`` have images classified, the others get 401, or 429 for too many."""

    def __init__(self, app: Callable, users: Users) -> None:
        from limits.storage import MemoryStorage
        from limits.strategies import FixedWindowRateLimiter

        self._app = app
        self._users = users
        self._look_again = 0.0
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in OPEN_METHODS:
            return self._app(environ, start_response)
        users = self._current_users()
        digest = users.digest_of(environ.get("HTTP_AUTHORIZATION", ""))
        if digest is None:
            message = "this needs a token: send the header Authorization: Bearer <token>; the operator has yours"
            return Refusal(401, message, (("WWW-Authenticate", "Bearer"),))(environ, start_response)
        user = digest.hex()
        if not self._limiter.hit(users.rate, user):
            wait = max(1, round(self._limiter.get_window_stats(users.rate, user).reset_time - time.time()))
            message = f"more than {users.rate}; try again in {wait} s"
            return Refusal(429, message, (("Retry-After", str(wait)),))(environ, start_response)
        return self._app(environ, start_response)

    def _current_users(self) -> Users:
        if time.monotonic() >= self._look_again:
            self._look_again = time.monotonic() + LOOK_SECONDS
            self._users = self._users.renewed()
        return self._users


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    """What differs after a change, or None while there is no such file."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _read_tokens(path: Path) -> frozenset[bytes]:
    tokens = [line.strip() for line in path.read_text("ascii").splitlines() if line.strip()]
    if not tokens:
        raise ValueError(f"{path} holds no token; expected one a line")
    if any(len(token) < SHORTEST_TOKEN for token in tokens):
        raise ValueError(f"a token in {path} has fewer than {SHORTEST_TOKEN} characters")
    return frozenset(sha256(token.encode()).digest() for token in tokens)
