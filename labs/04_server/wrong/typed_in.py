"""Types in what the model knows; the number of parameters is the wrong one from the course notes.

Rejected by: test_info_comes_from_the_model
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
        repository.get(name, version)
        description = "Classify images containing articles of clothing"
        return {"name": name, "version": version, "description": description, "number_of_parameters": 133280}

    @app.post("/models/<name>/v<int:version>")
    def classify(name, version):
        servable = repository.get(name, version)
        pixels = pixels_of(request, servable.card.input)
        answer = infer(servable, pixels)
        return {**answer, "pixels": pixels} if "pixels" in request.args else answer
