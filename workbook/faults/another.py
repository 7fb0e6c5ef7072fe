"""A second good server, written on its own: the contract in ``docs/rest.md``, by other means than ``server.api``.

No Flask: Werkzeug's requests and routing alone. It has its own way from a model file to scores, gives these with four
decimals, says other words in its errors, and is right all the same. A test that rejects it asks for more than the
contract promises. Of the contract it has the routes on models and on health.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from werkzeug.exceptions import BadRequest, HTTPException, NotFound, UnsupportedMediaType
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

DECIMALS = 4
URLS = Map(
    [
        Rule("/healthz", endpoint="healthz", methods=["GET"]),
        Rule("/readyz", endpoint="readyz", methods=["GET"]),
        Rule("/models", endpoint="list", methods=["GET"]),
        Rule("/models/<name>", endpoint="model", methods=["GET"]),
        Rule("/models/<name>/v<int:version>", endpoint="card", methods=["GET"]),
        Rule("/models/<name>/v<int:version>", endpoint="classify", methods=["POST"]),
    ]
)


class Network:
    """A ``.tflite`` file and its card. One picture at a time, so that the size of a batch is nobody's concern."""

    def __init__(self, folder: Path) -> None:
        self.card = json.loads((folder / "model_card.json").read_text(encoding="utf-8"))
        self._lock = threading.Lock()
        self._interpreter = Interpreter(str(next(folder.glob("*.tflite"))), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    def scores_of(self, image: np.ndarray) -> np.ndarray:
        """Scores (classes,), with four decimals, of whole-number pixels (height, width)."""
        scaled = (image / self.card["input"]["high"]).astype(np.float32)[np.newaxis, :, :, np.newaxis]
        with self._lock:
            self._interpreter.set_tensor(self._input, scaled)
            self._interpreter.invoke()
            return self._interpreter.get_tensor(self._output)[0].astype(float).round(DECIMALS)

    def image_of(self, rows: object) -> np.ndarray:
        """The pixels of a picture in JSON. Raises ``BadRequest``."""
        (height, width), high = self.card["input"]["shape"], self.card["input"]["high"]
        whole = (
            isinstance(rows, list)
            and len(rows) == height
            and all(isinstance(row, list) and len(row) == width for row in rows)
            and all(type(pixel) is int and 0 <= pixel <= high for row in rows for pixel in row)
        )
        if not whole:
            raise BadRequest(f"a picture is {height} lists of {width} integers between 0 and {high}")
        return np.array(rows)


class AnotherServer:
    """A WSGI application on the models under ``models`` that have a ``.tflite`` file."""

    def __init__(self, models: Path) -> None:
        self._models: dict[str, dict[int, Network]] = {}
        for file in sorted(models.glob("*/[0-9]*/assets.extra/*.tflite")):
            network = Network(file.parent)
            self._models.setdefault(network.card["name"], {})[network.card["version"]] = network

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        request = Request(environ)
        try:
            endpoint, values = URLS.bind_to_environ(environ).match()
            response = _as_json(getattr(self, f"_{endpoint}")(request, **values))
        except HTTPException as error:
            response = error.get_response(environ)
            response.set_data(json.dumps({"error": error.description}))
            response.content_type = "application/json"
        return response(environ, start_response)

    def _healthz(self, _: Request) -> dict:
        return {"status": "ok"}

    def _readyz(self, _: Request) -> dict:
        return {"models": sorted(self._models), "status": "ok"}

    def _list(self, _: Request) -> dict:
        return {"models": [self._described(name) for name in sorted(self._models)]}

    def _described(self, name: str) -> dict:
        if name not in self._models:
            raise NotFound(f"{name} is not served")
        known = sorted(self._models[name])
        return {"default": known[-1], "name": name, "versions": known}

    def _model(self, _: Request, name: str) -> dict:
        return self._described(name)

    def _network(self, name: str, version: int) -> Network:
        if version not in self._described(name)["versions"]:
            raise NotFound(f"{name} has no version {version}")
        return self._models[name][version]

    def _card(self, _: Request, name: str, version: int) -> dict:
        return self._network(name, version).card

    def _classify(self, request: Request, name: str, version: int) -> dict:
        network = self._network(name, version)
        scores = [network.scores_of(network.image_of(rows)) for rows in _rows_of(request)]
        classes = network.card["classes"]
        return {"labels": [classes[int(np.argmax(row))] for row in scores], "result": [row.tolist() for row in scores]}


def _rows_of(request: Request) -> list:
    """The pictures of a JSON body, as they are. Raises ``BadRequest`` and ``UnsupportedMediaType``."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("this server takes application/json")
    try:
        content = json.loads(request.get_data(), parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(content, dict) or len(content.keys() & {"image", "images"}) != 1:
        raise BadRequest("an object with one picture in image, or with several in images")
    rows = [content["image"]] if "image" in content else content["images"]
    if not isinstance(rows, list) or not rows:
        raise BadRequest("images is a list of at least one picture")
    return rows


def _no_json(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _as_json(content: object) -> Response:
    return Response(json.dumps(content), mimetype="application/json")
