"""Runs beside the student's code: opens pictures, and plays the server that the client calls."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from PIL import Image

from server import pictures
from server.clients import client

CLASSES = tuple("abcdefghij")
ROUTE = "/models/clothes/v1"
CARD = {"name": "clothes", "version": 1, "input": {"shape": [28, 28]}}
# Asked again at once: the checks need not wait as a real client should.
client.RETRIES = client.RETRIES.new(backoff_factor=0, backoff_jitter=0)


def step(function: str, content: bytes, *arguments: object) -> object:
    """One step of ``server.pictures`` on a PNG or JPEG: the mode and pixels of the picture that it returns.

    What is not a picture goes to the checks as it is, and they say so.
    """
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        made = getattr(pictures, function)(picture, *arguments)
        return {"mode": made.mode, "pixels": np.asarray(made)} if isinstance(made, Image.Image) else made


def classify(images: np.ndarray) -> dict:
    """What ``Client.classify`` returns for images, and the bodies that were sent. Its class is an image's first pixel
    modulo ten."""
    with serving([]) as (url, bodies):
        predictions = client.Client(url).classify(images)
        return {"predictions": predictions, "bodies": bodies}


def classify_files(files: dict[str, bytes], refused: bool = False) -> dict:
    """What ``Client.classify_files`` returns for files, and the bodies that were sent, or if ``refused``, what it
    raised."""
    for name, content in files.items():
        Path(name).write_bytes(content)
    with serving([]) as (url, bodies):
        try:
            predictions = client.Client(url).classify_files([Path(name) for name in files])
            return {"predictions": predictions, "bodies": bodies}
        except (ValueError, OSError) as error:
            if not refused:
                raise
            kinds = [kind.__name__ for kind in type(error).__mro__]
            return {"raised": kinds, "message": str(error), "bodies": bodies}


def classify_missing(name: str) -> None:
    """``Client.classify_files`` with a file that is not there."""
    with serving([]) as (url, _):
        client.Client(url).classify_files([name])


def classify_one(content: bytes, kind: str, spec: dict) -> dict:
    """What ``Client.classify_files`` sends for a picture as its path, its bytes or an open file, to such a model.

    The path is given alone, the others in a list: both are allowed.
    """
    Path("one.png").write_bytes(content)
    with serving([(200, json.dumps({**CARD, "input": spec}))]) as (url, bodies), Path("one.png").open("rb") as file:
        client.Client(url).classify_files({"path": Path("one.png"), "bytes": [content], "file": [file]}[kind])
        return {"bodies": bodies}


def post(body: dict) -> dict:
    """What ``JsonCalls.call`` answers to a body, and the bodies that were sent."""
    with serving([]) as (url, bodies):
        return {"answer": client.JsonCalls(url, 10.0, "workbook serve").call("POST", ROUTE, body), "bodies": bodies}


def info(answers: list, timeout: float = 10.0) -> object:
    """What ``Client.info`` gives if the server answers with these statuses and texts, one after the other.

    A number instead of a pair is how many seconds the server waits before it gives its card; None is an answer that
    breaks off in the middle.
    """
    with serving(answers) as (url, _):
        return client.Client(url, timeout=timeout).info()


def _class_of(image: object) -> int:
    """By the first pixel. Whatever an image is, it is answered: what is wrong with it is for the checks to say."""
    try:
        return int(np.ravel(image)[0]) % 10
    except (IndexError, TypeError, ValueError, OverflowError):
        return 0


def _usual(path: str, content: dict) -> tuple[int, str]:
    """What a healthy server answers; it has nothing at any address but the model's."""
    return (200, json.dumps(content)) if path == ROUTE else (404, '{"error": "no such address"}')


def _object_in(body: bytes) -> dict:
    """The object of a body in JSON; an empty one of any other body."""
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


@contextmanager
def serving(answers: list) -> Iterator[tuple[str, list[dict]]]:
    """A server on a free port: its address, and the bodies that it got. After ``answers``, it behaves as it should."""
    bodies: list[dict] = []
    waiting = iter(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(CARD)

        def do_POST(self) -> None:
            bodies.append(_object_in(self.rfile.read(int(self.headers.get("Content-Length") or 0))))
            best = list(map(_class_of, bodies[-1].get("images", [])))
            rows = [[0.91 if index == one else 0.01 for index in range(10)] for one in best]
            self._send({"labels": [CLASSES[one] for one in best], "result": rows})

        def _send(self, content: dict) -> None:
            answer = next(waiting, _usual(self.path, content))
            if answer is None:
                return self._break_off()
            if not isinstance(answer, tuple | list):
                time.sleep(answer)
                answer = (200, json.dumps(content))
            status, text = answer
            data = text.encode()
            self.send_response(status)
            self.send_header("Location", self.path)  # of a status from 300 to 399; with any other it means nothing
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _break_off(self) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b'10\r\n{"name": ')
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", bodies
    finally:
        server.shutdown()
        server.server_close()
