"""Answers the ping with a word.

Rejected by: test_ping_says_that_there_is_a_model
"""

from flask import Blueprint, request

from server.inference import infer
from server.payload import pixels_of
from server.production.protocols.only import chosen_from
from server.repository import NotServed


def sagemaker(repository):
    routes = Blueprint("sagemaker", __name__)
    newest = chosen_from(repository)

    @routes.get("/ping")
    def ping():
        try:
            newest()
        except NotServed as error:
            return {"error": str(error)}, 503
        return {"status": "ok"}

    @routes.post("/invocations")
    def invocations():
        servable = newest()
        return infer(servable, pixels_of(request, servable.card.input))

    return routes
