"""Says that it is at fault, whatever is in the body.

Rejected by: test_invocations_says_whose_fault_it_is
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
        return "", 200

    @routes.post("/invocations")
    def invocations():
        servable = newest()
        try:
            return infer(servable, pixels_of(request, servable.card.input))
        except Exception as error:
            return {"error": str(error)}, 500

    return routes
