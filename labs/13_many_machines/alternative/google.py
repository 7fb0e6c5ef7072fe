"""Both routes in one function, instances one after the other, and a reader of its own."""

from __future__ import annotations

import os
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request

from server.inference import infer
from server.payload import MAX_IMAGES
from server.preprocessing import BadInput, check_pixels
from server.production.protocols.only import chosen_from
from server.repository import ModelRepository, NotServed

PORT = "AIP_HTTP_PORT"


@dataclass(frozen=True)
class Routes:
    health: str
    predict: str

    @classmethod
    def from_environment(cls) -> Routes | None:
        given = os.environ.get("AIP_HEALTH_ROUTE"), os.environ.get("AIP_PREDICT_ROUTE")
        return cls(*given) if all(given) else None


def google(repository: ModelRepository, routes: Routes) -> Blueprint:
    made = Blueprint("vertex", __name__)
    model = chosen_from(repository)

    def health():
        try:
            model()
        except NotServed as error:
            return {"error": f"not yet: {error}"}, 503
        return Response(status=200)

    def predict():
        found = model()
        if not request.is_json:
            abort(415, "send JSON")
        body = request.get_json(silent=True)
        instances = body.get("instances") if isinstance(body, dict) else None
        if not isinstance(instances, list) or not 0 < len(instances) <= MAX_IMAGES:
            raise BadInput("expected instances, a list of images")
        predictions = []
        for instance in instances:
            rows = instance.get("image") if isinstance(instance, dict) else instance
            answer = infer(found, check_pixels([rows], found.card.input))
            predictions.append({"scores": answer["result"][0], "label": answer["labels"][0]})
        return {"deployedModelId": "1", "predictions": predictions}

    made.add_url_rule(routes.health, "health", health)
    made.add_url_rule(routes.predict, "predict", predict, methods=["POST"])
    return made
