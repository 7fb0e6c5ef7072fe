"""The routes of the inference server, in plain Flask: the application that ``server.api`` puts its layers around."""

from __future__ import annotations

import orjson
from flask import Flask, Response, request
from flask.json.provider import JSONProvider
from werkzeug.exceptions import HTTPException

from server.inference import infer
from server.payload import pixels_of
from server.preprocessing import BadInput
from server.repository import ModelRepository, NotServed

MAX_BODY_BYTES = 16 * 1024 * 1024  # of image files; for JSON, ``payload.MAX_IMAGES`` is the limit that comes first
MAX_FORM_PARTS = 256  # each a picture to be read, which takes a few milliseconds


class OrjsonProvider(JSONProvider):
    """Flask's JSON, with a library that is several times as fast and takes NumPy arrays as they are."""

    def dumps(self, obj: object, **_: object) -> str:
        return orjson.dumps(obj, option=orjson.OPT_SERIALIZE_NUMPY).decode()

    def response(self, obj: object) -> Response:
        return Response(orjson.dumps(obj, option=orjson.OPT_SERIALIZE_NUMPY), mimetype="application/json")

    def loads(self, s: str | bytes, **_: object) -> object:
        return orjson.loads(s)


def plain_app(repository: ModelRepository) -> Flask:
    """An application with the routes below, and nothing around them."""
    app = Flask(__name__)
    app.json = OrjsonProvider(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_PARTS"] = MAX_FORM_PARTS
    add_health_routes(app, repository)
    add_model_routes(app, repository)
    add_error_answers(app)
    return app


def add_health_routes(app: Flask, repository: ModelRepository) -> None:
    """``GET /healthz``: the process lives. ``GET /readyz``: at least one model is loaded; 503 if not."""

    @app.get("/healthz")
    def alive():
        return {"status": "ok"}

    @app.get("/readyz")
    def ready():
        names = repository.names()
        return {"status": "ok" if names else "no model is loaded", "models": names}, 200 if names else 503


def add_model_routes(app: Flask, repository: ModelRepository) -> None:
    """Give ``app`` the four routes on models; each answers with an object, which Flask sends as JSON.

    ``GET /models``: ``{"models": [...]}``, with what the next route answers for each model of the repository, ordered
    by name.

    ``GET /models/<name>``: ``{"name": ..., "versions": [...], "default": ...}``. The versions are numbers, oldest
    first, and the newest is the default.

    ``GET /models/<name>/v<version>``: the model card of that version, as an object.

    ``POST /models/<name>/v<version>``: classify the images of the request. ``{"result": ..., "labels": ...}``: a row of
    scores for each image, and for each image the name of the class with the highest score, as ``infer`` gives them.
    If the address has the query ``pixels``, as in ``.../v1?pixels``, the answer also has ``"pixels"``: the images as
    the model gets them, (n, height, width).

    What the repository raises for a model that does not exist, and ``pixels_of`` for images that cannot be used, is
    left to the error handlers.
    """

    def summary(name: str) -> dict:
        versions = repository.versions(name)
        return {"name": name, "versions": versions, "default": versions[-1]}

    @app.get("/models")
    def list_models():
        return {"models": [summary(name) for name in repository.names()]}

    @app.get("/models/<name>")
    def model(name: str):
        return summary(name)

    @app.get("/models/<name>/v<int:version>")
    def info(name: str, version: int):
        return repository.get(name, version).card.as_dict()

    @app.post("/models/<name>/v<int:version>")
    def classify(name: str, version: int):
        servable = repository.get(name, version)
        pixels = pixels_of(request, servable.card.input)
        answer = infer(servable, pixels)
        return {**answer, "pixels": pixels} if "pixels" in request.args else answer


def add_error_answers(app: Flask) -> None:
    """Make ``app`` answer every error with JSON, ``{"error": "..."}``, and the status that says whose fault it is.

    ``BadInput``: 400, the request cannot be used. ``NotServed``: 404, there is no such model or version. In both, the
    message is the exception's own, which was written for the sender.

    ``HTTPException``, which Flask itself raises (404 for an unknown address, 405, 413, 415, 500): its own status and
    description. Its other headers stay: the ``Allow`` of a 405 tells the client what would work.
    """

    def as_json(error: HTTPException) -> Response:
        response = error.get_response()
        response.set_data(orjson.dumps({"error": error.description}))
        response.content_type = "application/json"
        return response

    app.register_error_handler(BadInput, lambda error: ({"error": str(error)}, 400))
    app.register_error_handler(NotServed, lambda error: ({"error": str(error)}, 404))
    app.register_error_handler(HTTPException, as_json)
