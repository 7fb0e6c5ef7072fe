"""Takes JSON alone, and no image files.

Rejected by: test_invocations_answers_like_the_server_itself
"""

from flask import Blueprint, request

from server.inference import infer
from server.production.protocols.only import chosen_from
from server.repository import NotServed


def sagemaker(repository):
    routes = Blueprint("sagemaker", __name__)
    from server.payload import pixels_in_json

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
        return infer(servable, pixels_in_json(request.get_data(), servable.card.input))

    return routes
