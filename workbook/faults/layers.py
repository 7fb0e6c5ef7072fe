"""Faults around the model: layers of WSGI that let in, answer or wait for what they should not.

Each function takes an application and returns one with the fault. What it does not concern passes through.
"""

from __future__ import annotations

import io
import json
import math
import threading
import time
from collections.abc import Callable, Iterable

ALONE_SECONDS, CROWDED_SECONDS, RUSH_SECONDS = 0.005, 0.15, 1.0
FULL = 20  # requests: from then on, each next one takes longer
GROWTH, FIRST_SECONDS, LONGEST_SECONDS = 1.5, 0.0005, 1.2
HOARDED_BYTES, HOARDED_MOST = 512 * 1024, 400
EACH = 10  # request fails

Wsgi = Callable[[dict, Callable], Iterable[bytes]]


def _classifies(environ: dict) -> bool:
    return environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith("/models/")


def _with_images(app: Wsgi, mend: Callable[[list], list]) -> Wsgi:
    """Each picture of a JSON body, a list of rows, becomes ``mend(picture)``; what ``mend`` cannot do is left alone."""

    def layer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        if not _classifies(environ):
            return app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            content = json.loads(body)
            for key in {"image", "images"} & content.keys():
                content[key] = mend(content[key]) if key == "image" else [mend(image) for image in content[key]]
            body = json.dumps(content).encode()
        except (ValueError, TypeError, AttributeError, OverflowError, IndexError):
            pass  # what is wrong with it in another way, the server refuses as it should
        return app({**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}, start_response)

    return layer


def _each_pixel(change: Callable[[object], object]) -> Callable[[list], list]:
    return lambda image: [[change(pixel) for pixel in row] for row in image]


def nan_accepted(app: Wsgi) -> Wsgi:
    """``json.loads`` of Python reads NaN and Infinity, which are not JSON."""
    return _with_images(app, _each_pixel(lambda pixel: pixel if math.isfinite(pixel) else 0))


def floats_cut(app: Wsgi) -> Wsgi:
    """As ``astype(int)`` does it: 0.9 becomes 0. NaN and Infinity cannot be cut, and are refused as before."""
    return _with_images(app, _each_pixel(lambda pixel: int(pixel) if isinstance(pixel, float) else pixel))


def pixels_wrapped(app: Wsgi) -> Wsgi:
    """As ``astype(np.uint8)`` does it: 256 becomes 0, and -1 becomes 255."""
    return _with_images(app, _each_pixel(lambda pixel: pixel % 256 if type(pixel) is int else pixel))


def shape_padded(app: Wsgi) -> Wsgi:
    """Rows and columns that are missing become black, those that are too many are cut off."""

    def padded(image: list) -> list:
        rows = [[*row, *[0] * 28][:28] for row in image]
        return [*rows, *[[0] * 28] * 28][:28]

    def layer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        clothes = environ["PATH_INFO"].startswith("/models/clothes/")
        return (_with_images(app, padded) if clothes else app)(environ, start_response)

    return layer


def _answered(app: Wsgi, environ: dict) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status, headers and body."""
    started: list = []
    body = b"".join(app(environ, lambda status, headers, _=None: started.append((status, headers))))
    return *started[-1], body


def _send(start_response: Callable, status: str, headers: list[tuple[str, str]], body: bytes) -> list[bytes]:
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    start_response(status, [*kept, ("Content-Length", str(len(body)))])
    return [body]


def errors_as_200(app: Wsgi) -> Wsgi:
    def layer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        status, headers, body = _answered(app, environ)
        return _send(start_response, "200 OK" if _classifies(environ) else status, headers, body)

    return layer


def traceback_shown(app: Wsgi) -> Wsgi:
    """A page for the programmer, in place of the reason for a 400."""
    page = (
        b"<!doctype html><title>ValueError</title><h1>ValueError</h1><pre>Traceback (most recent call last):\n"
        b'  File "server/routes.py", line 92, in classify\n    pixels = np.array(body["image"])\nValueError</pre>'
    )

    def layer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        status, headers, body = _answered(app, environ)
        if not _classifies(environ) or not status.startswith("400"):
            return _send(start_response, status, headers, body)
        html = [("Content-Type", "text/html; charset=utf-8")]
        return _send(start_response, "500 Internal Server Error", html, page)

    return layer


def old_default(app: Wsgi) -> Wsgi:
    """The oldest version is called the default."""

    def layer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        status, headers, body = _answered(app, environ)
        if environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"].startswith("/models") and b'"default"' in body:
            content = json.loads(body)
            for model in content.get("models", [content]):
                model["default"] = model["versions"][0]
            body = json.dumps(content).encode()
        return _send(start_response, status, headers, body)

    return layer


def old_card(app: Wsgi) -> Wsgi:
    """Every version of the clothes model shows the card of the first."""

    def layer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] == "GET" and path == "/models/clothes/v2":
            path = "/models/clothes/v1"
        return app({**environ, "PATH_INFO": path}, start_response)

    return layer


def slow_under_load(app: Wsgi, pace: float = 1.0) -> Wsgi:
    """One at a time, and since two have met, each takes long, until none has met another for a second.

    Alone, a request is quick. ``pace`` 2: all takes twice as long, for a machine on which a good server does.
    """
    one_at_a_time, counting = threading.Lock(), threading.Lock()
    under_way, rush_until = 0, 0.0

    def layer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        nonlocal under_way, rush_until
        if not _classifies(environ):
            return app(environ, start_response)
        with counting:
            under_way += 1
        try:
            with one_at_a_time:
                if under_way > 1:
                    rush_until = time.monotonic() + pace * RUSH_SECONDS
                crowded = time.monotonic() < rush_until
                time.sleep(pace * (CROWDED_SECONDS if crowded else ALONE_SECONDS))
                return app(environ, start_response)
        finally:
            with counting:
                under_way -= 1

    return layer


def slower_each_time(app: Wsgi, pace: float = 1.0) -> Wsgi:
    """Keeps something of every request and looks through all of it: time and memory grow. ``pace`` as above."""
    hoarded: list[bytearray] = []

    def layer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        if _classifies(environ):
            if len(hoarded) < HOARDED_MOST:
                hoarded.append(bytearray(b"x" * HOARDED_BYTES))
            time.sleep(pace * min(FIRST_SECONDS * GROWTH ** (len(hoarded) - FULL), LONGEST_SECONDS))
        return app(environ, start_response)

    return layer


def some_fail(app: Wsgi) -> Wsgi:
    """Each tenth request to a model: a worker that has run out of something, behind a balancer that does not look."""
    count = 0

    def layer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        nonlocal count
        count += _classifies(environ)
        if not _classifies(environ) or count % EACH:
            return app(environ, start_response)
        body = b'{"error": "the server could not answer; try again later"}'
        return _send(start_response, "500 Internal Server Error", [("Content-Type", "application/json")], body)

    return layer
