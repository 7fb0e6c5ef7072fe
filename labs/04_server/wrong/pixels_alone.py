"""Gives those who ask for the pixels only these, without the answer.

Rejected by: test_shows_the_pixels_to_who_asks
"""

from flask import request

from server.inference import infer
from server.payload import pixels_of


def add_model_routes(app, repository):
    def summary(name):
        versions = repository.versions(name)
        return {"name": name, "versions": versions, "default": versions[-1]}

    app.get("/models")(lambda: {"models": [summary(name) for name in repository.names()]})
    app.get("/models/<name>")(summary)

    @app.get("/models/<name>/v<int:version>")
    def info(name, version):
        return repository.get(name, version).card.as_dict()

    @app.post("/models/<name>/v<int:version>")
    def classify(name, version):
        servable = repository.get(name, version)
        pixels = pixels_of(request, servable.card.input)
        return {"pixels": pixels} if "pixels" in request.args else infer(servable, pixels)
