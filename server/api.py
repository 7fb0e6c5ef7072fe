"""The reference inference server: a Flask application over a model repository."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import orjson
from flask import Flask, Response, request
from flask.json.provider import JSONProvider
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.exceptions import HTTPException

from server import contract, metrics, page
from server.access import Access, Users
from server.fast_lane import FastLane
from server.inference import infer
from server.layout import PINNED_MODELS
from server.observability import Observed
from server.payload import pixels_of
from server.preprocessing import BadInput
from server.repository import ModelRepository, NotServed

MAX_BODY_BYTES = 16 * 1024 * 1024  # a batch of some 5,000 images as JSON


class OrjsonProvider(JSONProvider):
    """Flask's JSON, by a library that is several times as fast and takes NumPy arrays as they are."""

    def dumps(self, obj: object, **_: object) -> str:
        return orjson.dumps(obj, option=orjson.OPT_SERIALIZE_NUMPY).decode()

    def response(self, obj: object) -> Response:
        return Response(orjson.dumps(obj, option=orjson.OPT_SERIALIZE_NUMPY), mimetype="application/json")

    def loads(self, s: str | bytes, **_: object) -> object:
        return orjson.loads(s)


def create_app(models: Path = PINNED_MODELS, log: BinaryIO | None = None, users: Users | None = None) -> Flask:
    """Make the application. The models under ``models`` are loaded before it returns, and watched from then on.

    ``log`` gets a line for each request. Only ``users`` may have images classified; None is everybody.
    Raises ``ValueError`` if ``models`` is no folder.
    """
    app = Flask(__name__)
    app.json = OrjsonProvider(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    repository = ModelRepository(models)
    repository.watch()
    app.register_blueprint(page.blueprint)
    app.register_blueprint(contract.blueprint)
    classifier = FastLane(app.wsgi_app, repository, MAX_BODY_BYTES)
    app.wsgi_app = Observed(Access(classifier, users) if users else classifier, log)

    @app.get("/healthz")
    def alive():
        return {"status": "ok"}

    @app.get("/readyz")
    def ready():
        names = repository.names()
        return {"status": "ok" if names else "no model is loaded", "models": names}, 200 if names else 503

    @app.get("/metrics")
    def scrape():
        return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)

    @app.get("/models")
    def list_models():
        return {"models": [_summary(repository, name) for name in repository.names()]}

    @app.get("/models/<name>")
    def model(name: str):
        return _summary(repository, name)

    @app.get("/models/<name>/v<int:version>")
    def info(name: str, version: int):
        return repository.get(name, version).card.as_dict()

    @app.post("/models/<name>/v<int:version>")
    def classify(name: str, version: int):
        servable = repository.get(name, version)
        pixels = pixels_of(request, servable.card.input)
        answer = infer(servable, pixels)
        # The page asks for them, to show what the model sees of a picture.
        return {**answer, "pixels": pixels} if "pixels" in request.args else answer

    app.register_error_handler(BadInput, lambda error: ({"error": str(error)}, 400))
    app.register_error_handler(NotServed, lambda error: ({"error": str(error)}, 404))
    app.register_error_handler(HTTPException, _json_error)
    return app


def _summary(repository: ModelRepository, name: str) -> dict:
    versions = repository.versions(name)
    return {"name": name, "versions": versions, "default": versions[-1]}


def _json_error(error: HTTPException) -> Response:
    """Answer what Flask itself refuses (404, 405, 413, 415, 500) as JSON, keeping its headers."""
    response = error.get_response()
    response.set_data(orjson.dumps({"error": error.description}))
    response.content_type = "application/json"
    return response
