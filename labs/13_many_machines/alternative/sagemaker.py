"""The two routes as functions that are added, on a model that is looked for by hand."""

from __future__ import annotations

import os

from flask import Blueprint, make_response, request

from server.payload import pixels_of
from server.production.protocols.only import MODEL
from server.repository import ModelRepository, NotServed

COMMAND = "serve"
PORT = 8080


def sagemaker(repository: ModelRepository) -> Blueprint:
    chosen = os.environ.get(MODEL)

    def servable():
        name = chosen
        if not name:
            names = repository.names()
            if len(names) != 1:
                raise NotServed("there has to be one model")
            name = names[0]
        return repository.get(name, max(repository.versions(name)))

    def ping():
        try:
            servable()
        except NotServed as error:
            return make_response({"error": str(error)}, 503)
        return make_response(b"", 200)

    def invocations():
        model = servable()
        scores, labels = model.classify(pixels_of(request, model.card.input))
        return {"labels": labels, "result": scores.tolist()}

    made = Blueprint("aws", __name__)
    made.add_url_rule("/ping", view_func=ping)
    made.add_url_rule("/invocations", view_func=invocations, methods=["POST"])
    return made
