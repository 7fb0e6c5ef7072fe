"""Who may have images classified, and how often: bearer tokens (RFC 6750), if the operator wants them.

``SERVER_TOKENS_FILE`` names a file with one token per line; a change takes effect a second later. A token that is not
in it is refused: if the file is emptied, removed or cannot be read, all are. Without the setting, everybody may. The
model cards, the page and the metrics stay open. ``SERVER_RATE_LIMIT`` is what each token may ask of each worker
process, ``"6000/minute"`` by default.
"""

from __future__ import annotations

import hmac
import logging
import os
import stat
import time
from collections.abc import Callable, Iterable
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
LOOK_SECONDS = 1.0  # seconds until a change of the file takes effect; no request is lost
# Every other method needs a token: Flask reads "post" as POST, and may learn to read others like that.
OPEN_METHODS = ("GET", "HEAD", "OPTIONS")
SHORTEST_TOKEN = 16  # characters; a shorter one can be guessed
STRANGER = Refusal(
    401,
    "this needs a token: send the header Authorization: Bearer <token>; the operator has yours",
    (("WWW-Authenticate", "Bearer"),),
)


class Users:
    """Those whose tokens are in the file ``path``; each may ask as often as ``rate`` says.

    Only the SHA-256 digests are kept, so that no token can get into a log. The file is read when the first token is
    needed, and after a change; the log says what is wrong with it.
    """

    def __init__(self, path: Path, rate: RateLimitItem) -> None:
        self.rate = rate
        self._path = path
        self._digests: frozenset[bytes] = frozenset()
        self._stamp: object = "not looked at yet"
        self._look_again = 0.0

    @classmethod
    def from_environment(cls) -> Users | None:
        """None if no file is named. Raises ``ValueError``, with what to do, for an invalid rate."""
        rate = os.environ.get(RATE_LIMIT)  # empty means none: that is how compose passes on a setting that nobody made
        if os.environ.get(TOKENS_FILE):
            return cls(Path(os.environ[TOKENS_FILE]), _rate_of(rate or DEFAULT_RATE))
        if rate:
            raise ValueError(f"{RATE_LIMIT} limits each token, and there is none: name a file in {TOKENS_FILE}, too")
        return None

    def refusal_of(self, environ: dict) -> Refusal | None:
        """The answer to a request without a known token, if it needs one; its head alone decides."""
        known = environ["REQUEST_METHOD"] in OPEN_METHODS or self.digest_of(environ.get("HTTP_AUTHORIZATION", ""))
        return None if known else STRANGER

    def digest_of(self, authorization: str) -> bytes | None:
        """The digest of the token in an ``Authorization`` header, if it is one of theirs."""
        self._look()
        scheme, _, token = authorization.partition(" ")
        given = sha256(token.strip().encode("latin-1")).digest()
        # Compared with every one, in constant time: how long it takes does not reveal how close a guess was.
        known = [hmac.compare_digest(given, digest) for digest in self._digests]
        return given if any(known) and scheme.lower() == "bearer" else None

    def _look(self) -> None:
        if time.monotonic() < self._look_again:
            return
        self._look_again = time.monotonic() + LOOK_SECONDS
        stamp = _stamp_of(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self._digests, faults = _read_tokens(self._path)
        for fault in faults:
            log.warning("%s; %d tokens are known", fault, len(self._digests))


class Access:
    """A WSGI application that lets only ``users`` have images classified; others get 401, and too many requests 429."""

    def __init__(self, app: Callable, users: Users) -> None:
        from limits.storage import MemoryStorage
        from limits.strategies import FixedWindowRateLimiter

        self._app = app
        self._users = users
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in OPEN_METHODS:
            return self._app(environ, start_response)
        digest = self._users.digest_of(environ.get("HTTP_AUTHORIZATION", ""))
        if digest is None:
            return STRANGER(environ, start_response)
        user, rate = digest.hex(), self._users.rate
        if not self._limiter.hit(rate, user):
            wait = max(1, round(self._limiter.get_window_stats(rate, user).reset_time - time.time()))
            message = f"more than {rate}; try again in {wait} s"
            return Refusal(429, message, (("Retry-After", str(wait)),))(environ, start_response)
        return self._app(environ, start_response)


def check_tokens() -> None:
    """Raise ``ValueError``, with what to do, for settings that a server should not start with."""
    if Users.from_environment():
        _, faults = _read_tokens(Path(os.environ[TOKENS_FILE]))
        if faults:
            raise ValueError(faults[0])


def _rate_of(text: str) -> RateLimitItem:
    from limits import parse_many  # here, not above: it takes 7 MB in each process, and most servers limit nobody

    expected = f"{RATE_LIMIT}={text!r} is not a limit; expected a number of requests and a time, as in {DEFAULT_RATE}"
    try:
        rates = parse_many(text)
    except ValueError as error:
        raise ValueError(expected) from error
    if len(rates) != 1 or rates[0].amount < 1:
        raise ValueError(expected)
    return rates[0]


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    """What differs after a change, or None while there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read_tokens(path: Path) -> tuple[frozenset[bytes], list[str]]:
    """The digests of the usable tokens in the file, and what is wrong with it, by line and without the tokens."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # to read a pipe is to wait until somebody writes to it
            return frozenset(), [f"{TOKENS_FILE}: {path} is not a file; expected one with one token per line"]
        lines = path.read_text("utf-8-sig").splitlines()
    except OSError as error:
        return frozenset(), [f"{TOKENS_FILE}: cannot read {path}: {error.strerror}"]
    except UnicodeDecodeError:
        return frozenset(), [f"{TOKENS_FILE}: {path} is not UTF-8 text; save it as that, with one token per line"]
    numbered = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbered:
        return frozenset(), [f"{TOKENS_FILE}: {path} has no token; expected one per line"]
    faults = {number: _fault_of(token) for number, token in numbered}
    usable = [token for number, token in numbered if not faults[number]]
    told = [f"{TOKENS_FILE}: line {number} of {path} {fault}" for number, fault in faults.items() if fault]
    return frozenset(sha256(token.encode()).digest() for token in usable), told


def _fault_of(token: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        return "is not a token: a token consists of ASCII letters, digits and signs"
    if len(token) < SHORTEST_TOKEN:
        return f"has fewer than {SHORTEST_TOKEN} characters, so it could be guessed"
    return ""
