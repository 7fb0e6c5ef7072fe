"""Says that it is well without looking for a model.

Rejected by: test_ping_says_that_there_is_a_model
"""

from flask import Blueprint, request

from server.inference import infer
from server.payload import pixels_of
from server.production.protocols.only import chosen_from


def sagemaker(repository):
    routes = Blueprint("sagemaker", __name__)
    newest = chosen_from(repository)

    @routes.get("/ping")
    def ping():
        return "", 200

    @routes.post("/invocations")
    def invocations():
        servable = newest()
        return infer(servable, pixels_of(request, servable.card.input))

    return routes
