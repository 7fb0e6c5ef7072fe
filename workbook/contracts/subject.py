"""The server that is looked at, whoever made it: how it is asked, and what an answer must be to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests

from workbook.bench.question import trousers

if TYPE_CHECKING:
    from docker.models.containers import Container

SECONDS = 60  # for an answer to whatever has no shorter limit of its own


class NotKept(Exception):
    """What was seen in place of what the contract asks for, in a few words."""


@dataclass(frozen=True)
class Subject:
    """A server at ``url``.

    ``model`` is the name by which V2 asks; ``body`` a request that this server can answer, as JSON, or None for the
    course's own; ``routes`` the paths that a contract leaves open; ``container`` the one it runs in, if we started it.
    """

    url: str
    model: str = "clothes"
    body: dict | None = None
    routes: Mapping[str, str] = field(default_factory=dict)
    container: Container | None = None

    def ask(self, method: str, path: str, seconds: float = SECONDS, **more: object) -> requests.Response:
        """The answer; ``more`` is what ``requests`` takes. Raises ``NotKept`` if there is none within ``seconds``."""
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy stands before a server that is looked at
                return session.request(method, self.url + path, timeout=seconds, **more)
        except requests.Timeout:
            raise NotKept(f"no answer to {method} {path} within {seconds:g} s") from None
        except requests.RequestException as error:
            raise NotKept(f"no answer to {method} {path}: {type(error).__name__}") from None

    def request(self) -> dict:
        """What this server can answer: ``body``, or a picture of trousers as the course's own route takes it."""
        return self.body or {"image": trousers()}


def expect(answer: requests.Response, *statuses: int) -> None:
    """Raise ``NotKept`` unless the status is one of these."""
    if answer.status_code not in statuses:
        raise NotKept(f"status {answer.status_code}: {answer.text[:100]!r}")


def expect_refusal(answer: requests.Response) -> None:
    """Raise ``NotKept`` unless the status says that the sender's body is at fault; 404 and 405 speak of the address."""
    if not 400 <= answer.status_code < 500 or answer.status_code in (404, 405):
        raise NotKept(f"status {answer.status_code}; expected 400 or another that blames the body")


def json_of(answer: requests.Response) -> dict:
    """The object in an answer. Raises ``NotKept`` if there is none."""
    try:
        content = answer.json()
    except requests.JSONDecodeError:
        raise NotKept(f"the answer is not JSON: {answer.text[:100]!r}") from None
    if not isinstance(content, dict):
        raise NotKept(f"the answer is not an object: {answer.text[:100]!r}")
    return content


def padded(body: bytes, size: int) -> bytes:
    """The same JSON, with spaces before it that make ``size`` bytes of it."""
    return body.rjust(size)
