"""Servers that no list has: each made for one check, of a good one and a change to what it answers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import cache

import numpy as np

from workbook.faults.serving import REFERENCE, app_of

JSON = [("Content-Type", "application/json")]
# What a body may hold that a server must refuse, and how it is known.
BAD_BODIES: dict[str, Callable[[list], bool]] = {
    "NaN": lambda rows: any(pixel != pixel for row in rows for pixel in row),  # noqa: PLR0124  NaN alone is not itself
    "Infinity": lambda rows: float("inf") in {abs(pixel) for row in rows for pixel in row},
    "floats of 0 to 1": lambda rows: all(isinstance(pixel, float) and 0 <= pixel <= 1 for row in rows for pixel in row),
    "a pixel beyond 255": lambda rows: any(type(pixel) is int and pixel > 255 for row in rows for pixel in row),
    "a pixel below 0": lambda rows: any(type(pixel) is int and pixel < 0 for row in rows for pixel in row),
    "27 rows": lambda rows: len(rows) == 27,
    "rows of 27": lambda rows: {len(row) for row in rows} == {27},
}


@cache
def good(name: str = REFERENCE) -> Callable:
    """One of the good servers, which keep nothing of what they were asked."""
    return app_of(name)


def answering(status: str, content: object) -> Callable:
    """A server that answers everything with this: a text as it is, all else as JSON."""
    body = content if isinstance(content, str) else json.dumps(content)

    def app(_: dict, start_response: Callable) -> list[bytes]:
        start_response(status, JSON)
        return [body.encode()]

    return app


def changed(change: Callable[[dict], dict]) -> Callable:
    """A server whose labels and scores are those of a good one after ``change``."""
    reference = good()

    def app(environ: dict, start_response: Callable) -> list[bytes]:
        status, _, body = _asked(reference, environ)
        if environ["REQUEST_METHOD"] == "POST" and status.startswith("200"):
            body = json.dumps(change(json.loads(body))).encode()
        start_response(status, JSON)
        return [body]

    return app


def taking(what: str) -> Callable:
    """A server that takes one kind of bad body, and gives it some label; "no JSON" is a kind as well."""
    reference = good()
    label = {"labels": ["Bag"], "result": [[0.0] * 8 + [1.0, 0.0]]}

    def app(environ: dict, start_response: Callable) -> list[bytes]:
        body = environ["wsgi.input"].read()
        answer = _asked(reference, {**environ, "wsgi.input": io.BytesIO(body)})
        if environ["REQUEST_METHOD"] == "POST" and _is(what, body):
            answer = "200 OK", JSON, json.dumps(label).encode()
        start_response(*answer[:2])
        return [answer[2]]

    return app


def refusing(error: object, everything: bool = False) -> Callable:
    """A server whose refusals have ``error`` in place of a reason, or that refuses ``everything``."""
    reference = good()

    def app(environ: dict, start_response: Callable) -> list[bytes]:
        status, _, body = _asked(reference, environ)
        if environ["REQUEST_METHOD"] == "POST" and (everything or status.startswith("400")):
            status, body = "400 Bad Request", json.dumps({"error": error}).encode()
        start_response(status, JSON)
        return [body]

    return app


def below_zero(content: dict) -> dict:
    """Rows that add up to one, with the same best class, and one score below zero."""
    rows = 0.8 * np.array(content["result"])
    rows += 0.025
    rows[np.arange(len(rows)), rows.argmin(axis=1)] -= 0.05
    return {**content, "result": rows.tolist()}


def last_halved(content: dict) -> dict:
    """Rows as they were, but for the last, which adds up to a half."""
    *others, last = content["result"]
    return {**content, "result": [*others, [score / 2 for score in last]]}


def _is(what: str, body: bytes) -> bool:
    try:
        content = json.loads(body)
        images = content["images"] if "images" in content else [content["image"]]
        return what != "no JSON" and any(map(BAD_BODIES[what], images))
    except (ValueError, TypeError, KeyError):
        return what == "no JSON"


def _asked(app: Callable, environ: dict) -> tuple[str, list, bytes]:
    started: list = []
    body = b"".join(app(environ, lambda status, headers, _=None: started.append((status, headers))))
    return *started[-1], body
