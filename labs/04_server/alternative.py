"""Another correct answer, written differently throughout. What the reference does not import, a function does."""

import numpy as np
import orjson
from flask import request
from werkzeug.exceptions import HTTPException

from server.model_card import InputSpec
from server.payload import pixels_of
from server.preprocessing import BadInput, check_pixels
from server.repository import NotServed


def to_model_input(pixels, high=255):
    return np.expand_dims(np.divide(pixels, high, dtype=np.float32), axis=3)


def check_pixels(images, spec: InputSpec):  # noqa: F811
    height, width = spec.shape
    wanted = f"expected whole numbers from {spec.low} to {spec.high}, {height} rows of {width} an image; not scaled"
    if not isinstance(images, list) or not images:
        raise BadInput(f"that is not a list of images; {wanted}")
    for image in images:
        if not isinstance(image, list) or [len(row) for row in image if isinstance(row, list)] != [width] * height:
            raise BadInput(f"an image has another shape; {wanted}")
        for row in image:
            if not all(type(pixel) is int and spec.low <= pixel <= spec.high for pixel in row):
                raise BadInput(f"a pixel is no such number; {wanted}")
    return np.asarray(images, dtype=np.uint8)


def pixels_in_json(body, spec: InputSpec):
    try:
        content = orjson.loads(body)
        keys = {"image", "images"} & content.keys()
        (key,) = keys
    except (ValueError, AttributeError) as error:
        raise BadInput('Expected JSON: an object with "image", or with "images"') from error
    return check_pixels([content[key]] if key == "image" else content[key], spec)


def add_model_routes(app, repository):
    from flask import jsonify

    def one(name):
        known = repository.versions(name)
        return dict(name=name, versions=known, default=max(known))

    def version_route(name, version):
        servable = repository.get(name, version)
        if request.method == "GET":
            return jsonify(servable.card.as_dict())
        pixels = pixels_of(request, servable.card.input)
        scores, labels = servable.classify(pixels)
        answer = {"labels": labels, "result": scores.tolist()}
        if "pixels" in request.args:
            answer["pixels"] = pixels.tolist()
        return jsonify(answer)

    app.add_url_rule("/models", "all", lambda: {"models": list(map(one, repository.names()))})
    app.add_url_rule("/models/<name>", "one", one)
    app.add_url_rule("/models/<name>/v<int:version>", "version", version_route, methods=["GET", "POST"])


def add_error_answers(app):
    import json

    @app.errorhandler(BadInput)
    @app.errorhandler(NotServed)
    def own(error):
        return {"error": error.args[0]}, 400 if isinstance(error, BadInput) else 404

    @app.errorhandler(HTTPException)
    def flasks(error):
        headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
        body = json.dumps({"error": error.description})
        return body, error.code, [*headers, ("Content-Type", "application/json")]
