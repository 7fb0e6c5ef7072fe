"""A short way for the one request that comes thousands of times per second: images as JSON, sent to a model.

Flask's routing and its request objects take longer than the model. This WSGI middleware answers that request by itself,
in half the time, and leaves everything else to Flask: other routes and content types, and whatever is wrong with a
request. So everything else is in one place, Flask's own route, and without this module the server gives the same
answers, more slowly.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

import orjson

from server.inference import infer
from server.payload import pixels_in_json
from server.production.environment import MODEL_PATH
from server.repository import ModelRepository


class FastLane:
    """Takes JSON bodies of at most ``max_bytes`` for the models of ``repository``; ``app`` takes the rest."""

    def __init__(self, app: Callable, repository: ModelRepository, max_bytes: int) -> None:
        self._app = app
        self._repository = repository
        self._max_bytes = max_bytes

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        path = MODEL_PATH.fullmatch(environ["PATH_INFO"])
        if not path or not self._is_plain(environ):
            return self._app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        try:
            servable = self._repository.get(path[1], int(path[2]))
            answer = infer(servable, pixels_in_json(body, servable.card.input))
        except Exception:  # whatever it is, Flask's own route will meet it again and answer it
            return self._app({**environ, "wsgi.input": io.BytesIO(body)}, start_response)
        data = orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
        return [data]

    def _is_plain(self, environ: dict) -> bool:
        """A POST of JSON, with a known and allowed length, that asks for nothing more."""
        length = environ.get("CONTENT_LENGTH", "")
        return (
            environ["REQUEST_METHOD"] == "POST"
            and environ.get("CONTENT_TYPE") == "application/json"
            and "HTTP_CONTENT_ENCODING" not in environ
            and not environ["QUERY_STRING"]
            and length.isdecimal()
            and int(length) <= self._max_bytes
        )
