"""Answers with the two lists of the server, and no prediction for each instance.

Rejected by: test_each_instance_gets_its_prediction
"""

from flask import Blueprint, request

from server.inference import infer
from server.preprocessing import BadInput, check_pixels
from server.production.protocols.bodies import check_count, json_of
from server.production.protocols.only import chosen_from
from server.repository import NotServed


def google(repository, routes):
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
        instances = json_of(request, spec).get("instances")
        if not isinstance(instances, list):
            raise BadInput('expected "instances"')
        check_count(instances)
        images = [one["image"] if isinstance(one, dict) and "image" in one else one for one in instances]
        answer = infer(servable, check_pixels(images, spec))
        return {"predictions": [{"label": answer["labels"], "scores": answer["result"]}]}

    return blueprint
