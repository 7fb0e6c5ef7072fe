"""What Google's Vertex AI asks of a container: a port and two routes, which it names in the environment.

Source: cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements, read in November 2026.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from flask import Blueprint, request

from server.inference import infer
from server.preprocessing import BadInput, check_pixels
from server.production.protocols.bodies import check_count, json_of
from server.production.protocols.only import chosen_from
from server.repository import ModelRepository, NotServed

PORT, HEALTH, PREDICT = "AIP_HTTP_PORT", "AIP_HEALTH_ROUTE", "AIP_PREDICT_ROUTE"
ROUTE = re.compile(r"/[\w.:/~-]+", re.ASCII)  # nothing that Flask would take for a variable


@dataclass(frozen=True)
class Routes:
    health: str
    predict: str

    @classmethod
    def from_environment(cls) -> Routes | None:
        """None if no route is named. Raises ``ValueError``, with what to do, if one is missing or cannot be one."""
        given = {name: os.environ.get(name, "") for name in (HEALTH, PREDICT)}
        if not any(given.values()):
            return None
        for name, route in given.items():
            if not ROUTE.fullmatch(route):
                raise ValueError(f"{name}={route!r} is not a route; set {HEALTH} and {PREDICT}, each such as /predict")
        return cls(given[HEALTH], given[PREDICT])


def google(repository: ModelRepository, routes: Routes) -> Blueprint:
    """The two routes of ``routes``, answered by what ``chosen_from`` finds: the newest version of the endpoint's model,
    as it is when the request comes.

    ``GET routes.health``: 200 with an empty body if there is a model to answer. If not, 503 with ``{"error": ...}``:
    what ``NotServed`` says.

    ``POST routes.predict``: ``{"instances": [...]}``, each an image as rows or ``{"image": rows}``, is answered by
    ``{"predictions": [...]}``, for each image in order ``{"label": ..., "scores": [...]}``. Whatever is beside the
    instances, such as ``"parameters"``, changes nothing. Raises ``BadInput`` if the instances are not a list, and as
    ``json_of``, ``check_count`` and ``check_pixels`` do, in this order; the application's error handlers answer.
    """
    blueprint = Blueprint("google", __name__)
    newest = chosen_from(repository)

    @blueprint.get(routes.health)
    def health():
        try:
            newest()
        except NotServed as error:
            return {"error": str(error)}, 503
        return "", 200

    @blueprint.post(routes.predict)
    def predict():
        servable = newest()
        spec = servable.card.input
        answer = infer(servable, check_pixels(_images_in(json_of(request, spec)), spec))
        both = zip(answer["labels"], answer["result"], strict=True)
        return {"predictions": [{"label": label, "scores": scores} for label, scores in both]}

    return blueprint


def _images_in(body: dict) -> list:
    instances = body.get("instances")
    if not isinstance(instances, list):
        raise BadInput('expected an object with "instances", a list of images')
    check_count(instances)
    return [one["image"] if isinstance(one, dict) and "image" in one else one for one in instances]
