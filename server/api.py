"""The reference inference server: a Flask application over a model repository."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask, request
from werkzeug.exceptions import BadRequest, HTTPException

from server.preprocessing import BadInput, check_pixels
from server.repository import PINNED_MODELS, ModelRepository, NotServed

MAX_BODY_BYTES = 16 * 1024 * 1024  # a batch of some 5,000 images as JSON


def create_app(models: Path = PINNED_MODELS) -> Flask:
    """Make the application; every model under ``models`` is loaded before it returns."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.sort_keys = False
    repository = ModelRepository(models)

    @app.get("/healthz")
    def health():
        return {"status": "ok"}

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
        pixels = check_pixels(_images_in(_json_body()), servable.card.input)
        scores, labels = servable.classify(pixels)
        return {"result": scores.tolist(), "labels": labels}

    app.register_error_handler(BadInput, lambda error: ({"error": str(error)}, 400))
    app.register_error_handler(NotServed, lambda error: ({"error": str(error)}, 404))
    app.register_error_handler(HTTPException, _json_error)
    return app


def _summary(repository: ModelRepository, name: str) -> dict:
    versions = repository.versions(name)
    return {"name": name, "versions": versions, "default": versions[-1]}


def _json_body() -> object:
    try:
        return request.get_json()
    except BadRequest as error:
        raise BadInput("the body is not valid JSON") from error
    except RecursionError as error:
        raise BadInput("the JSON is nested too deeply") from error


def _images_in(body: object) -> list:
    """The batch in a request's body: ``{"image": rows}`` or ``{"images": [rows, …]}``."""
    if not isinstance(body, dict) or ("image" in body) == ("images" in body):
        raise BadInput('expected an object with either "image" (one image) or "images" (a list of images)')
    return [body["image"]] if "image" in body else body["images"]


def _json_error(error: HTTPException):
    """Answer what Flask itself refuses (404, 405, 413, 415, 500) as JSON, keeping its headers."""
    response = error.get_response()
    response.set_data(json.dumps({"error": error.description}))
    response.content_type = "application/json"
    return response
