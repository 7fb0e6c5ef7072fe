"""Types in which version answers.

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

    @routes.get("/ping")
    def ping():
        try:
            newest()
        except NotServed as error:
            return {"error": str(error)}, 503
        return "", 200

    @routes.post("/invocations")
    def invocations():
        newest()
        servable = repository.get(repository.names()[0], 1)
        return infer(servable, pixels_of(request, servable.card.input))

    return routes
