"""Asks version 1, whatever the address says.

Rejected by: test_classifies_a_batch_by_the_version_that_is_asked
"""

from flask import request

from server.inference import infer
from server.payload import pixels_of


def add_model_routes(app, repository):
    def summary(name):
        versions = repository.versions(name)
        return {"name": name, "versions": versions, "default": versions[-1]}

    @app.get("/models")
    def all_models():
        return {"models": [summary(name) for name in repository.names()]}

    app.get("/models/<name>")(summary)
    app.get("/models/<name>/v<int:version>")(lambda name, version: repository.get(name, version).card.as_dict())

    @app.post("/models/<name>/v<int:version>")
    def classify(name, version):
        servable = repository.get(name, 1)
        pixels = pixels_of(request, servable.card.input)
        answer = infer(servable, pixels)
        return {**answer, "pixels": pixels} if "pixels" in request.args else answer
