"""What Amazon SageMaker asks of a container: ``GET /ping`` and ``POST /invocations``, started as ``IMAGE serve``.

Source: docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html, read in November 2026.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, request

from server.inference import infer
from server.payload import pixels_of
from server.production.protocols.only import chosen_from
from server.repository import ModelRepository, NotServed

COMMAND = "serve"  # what it puts after the name of the image
PORT = 8080
MODELS = Path("/opt/ml/model")  # where it unpacks a model that comes with the endpoint, not with the image


def sagemaker(repository: ModelRepository) -> Blueprint:
    """The two routes, answered by what ``chosen_from`` finds: the newest version of the endpoint's model, as it is when
    the request comes.

    ``GET /ping``: 200 with an empty body if there is a model to answer. If not, 503 with ``{"error": ...}``: what
    ``NotServed`` says.

    ``POST /invocations``: what ``infer`` gives for the images of the request, as JSON. It takes what the server's own
    route takes, in the same content types: ``pixels_of`` knows them. What is raised for images that cannot be used, or
    because there is no model, is left to the application's error handlers.
    """
    routes = Blueprint("sagemaker", __name__)
    newest = chosen_from(repository)

    @routes.get("/ping")
    def ping():
        try:
            newest()
        except NotServed as error:
            return {"error": str(error)}, 503
        return "", 200

    @routes.post("/invocations")
    def invocations():
        servable = newest()
        return infer(servable, pixels_of(request, servable.card.input))

    return routes
