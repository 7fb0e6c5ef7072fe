"""Finds the model when the routes are made, and knows none that comes later.

Rejected by: test_the_newest_version_of_the_endpoints_model_answers
"""

from flask import Blueprint, request

from server.inference import infer
from server.payload import pixels_of
from server.production.protocols.only import chosen_from
from server.repository import NotServed


def sagemaker(repository):
    routes = Blueprint("sagemaker", __name__)
    newest = chosen_from(repository)
    try:
        servable = newest()
    except NotServed:
        servable = None

    @routes.get("/ping")
    def ping():
        try:
            newest()
        except NotServed as error:
            return {"error": str(error)}, 503
        return "", 200

    @routes.post("/invocations")
    def invocations():
        if servable is None:
            newest()
        return infer(servable, pixels_of(request, servable.card.input))

    return routes
