"""The server that is looked at, whoever made it: how it is asked, and what an answer must be to go on."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests
from urllib3.exceptions import DecodeError, HTTPError, TimeoutError

from workbook.bench.question import trousers

if TYPE_CHECKING:
    from docker.models.containers import Container

SECONDS = 60  # for an answer to whatever has no shorter limit of its own
MOST_BYTES = 8_000_000  # of an answer; none of the questions asks for a hundredth of it
PART = 65_536


class NotKept(Exception):
    """What was seen in place of what the contract asks for, in a few words."""


@dataclass(frozen=True)
class HttpAnswer:
    """What a server has answered, all of it."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    def json(self) -> object:
        """What the JSON in it says. Raises ``ValueError`` if there is none, or if it is nested without end."""
        try:
            return json.loads(self.content)
        except RecursionError as error:
            raise ValueError("lists in lists without end") from error


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

    def ask(self, method: str, path: str, seconds: float = SECONDS, **more: object) -> HttpAnswer:
        """The answer; ``more`` is what ``requests`` takes. A redirect is the answer: a contract names the address.

        Raises ``NotKept`` if there is none, or not all of it is there within ``seconds``.
        """
        deadline = time.monotonic() + seconds
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy stands before a server that is looked at
                more |= {"timeout": seconds, "allow_redirects": False, "stream": True}
                with session.request(method, self.url + path, **more) as answer:
                    return HttpAnswer(answer.status_code, answer.headers, _all_of(answer, deadline))
        except (requests.Timeout, TimeoutError):
            raise NotKept(f"no answer to {method} {path} within {seconds:g} s") from None
        except (requests.RequestException, HTTPError) as error:
            raise NotKept(f"no answer to {method} {path}: {_why(error)}") from None

    def request(self) -> dict:
        """What this server can answer: ``body``, or a picture of trousers as the course's own route takes it."""
        return {"image": trousers()} if self.body is None else self.body


def _all_of(answer: requests.Response, deadline: float) -> bytes:
    """What is in the answer. Raises ``TimeoutError`` of urllib3 if it goes on after ``deadline``, and ``NotKept``."""
    content = bytearray()
    while part := answer.raw.read1(PART, decode_content=True):
        content += part
        if time.monotonic() > deadline:
            raise TimeoutError
        if len(content) > MOST_BYTES:
            raise NotKept(f"status {answer.status_code}, and an answer of more than {MOST_BYTES:,} bytes")
    return bytes(content)


def _why(error: Exception) -> str:
    if isinstance(error, requests.ConnectionError):
        return "the connection is refused, or closed before an answer"
    if isinstance(error, DecodeError):
        return "it is not compressed as its Content-Encoding says"
    return "it breaks off, or is not HTTP"


def expect(answer: HttpAnswer, *statuses: int) -> None:
    """Raise ``NotKept`` unless the status is one of these."""
    if answer.status_code not in statuses:
        elsewhere = answer.headers.get("Location")
        told = f"it sends the client to {elsewhere[:80]}" if elsewhere else repr(answer.text[:100])
        raise NotKept(f"status {answer.status_code}: {told}")


def expect_refusal(answer: HttpAnswer) -> None:
    """Raise ``NotKept`` unless the status says that the sender's body is at fault; 404 and 405 speak of the address."""
    if not 400 <= answer.status_code < 500 or answer.status_code in (404, 405):
        raise NotKept(f"status {answer.status_code}; expected 400 or another that blames the body")


def json_of(answer: HttpAnswer) -> dict:
    """The object in an answer. Raises ``NotKept`` if there is none."""
    try:
        content = answer.json()
    except ValueError:
        raise NotKept(f"the answer is not JSON: {answer.text[:100]!r}") from None
    if not isinstance(content, dict):
        raise NotKept(f"the answer is not an object: {answer.text[:100]!r}")
    return content


def padded(body: bytes, size: int) -> bytes:
    """The same JSON, with spaces before it that make ``size`` bytes of it."""
    return body.rjust(size)
