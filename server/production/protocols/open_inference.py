"""The Open Inference Protocol, "V2", which KServe, Triton and MLServer speak: the same models under ``/v2``.

Source: github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md, as of May 2025. Tensors are
JSON; the binary form is an extension of Triton's, and this server names no extension.
"""

from __future__ import annotations

import math

import numpy as np
from flask import Blueprint, request

from server.engines import ENGINES
from server.inference import infer
from server.model_card import ModelCard
from server.preprocessing import BadInput, check_pixels
from server.production.protocols.bodies import check_count, json_of
from server.repository import ModelRepository, NotServed, Servable

IMAGE, SCORES, LABEL = "image", "scores", "label"  # the names of the tensors
SERVER = {"name": "mlops-workbook", "version": "1", "extensions": []}


def open_inference(repository: ModelRepository) -> Blueprint:
    """The routes under ``/v2``. Without ``/versions/<version>``, the newest version answers.

    What ``repository`` raises for a model that is not there, and ``BadInput`` for a body that cannot be used, is left
    to the application, which answers ``{"error": ...}``, as the protocol wants it.
    """
    v2 = Blueprint("open_inference", __name__, url_prefix="/v2")

    @v2.get("")
    def server():
        return SERVER

    @v2.get("/health/live")
    def live():
        return {"live": True}

    @v2.get("/health/ready")
    def ready():
        some = bool(repository.names())
        return {"ready": some}, 200 if some else 503

    @v2.get("/models/<name>")
    @v2.get("/models/<name>/versions/<version>")
    def metadata(name: str, version: str | None = None):
        versions = [str(number) for number in repository.versions(name)]
        return {"name": name, "versions": versions, **_tensors_of(_servable(repository, name, version).card)}

    @v2.get("/models/<name>/ready")
    @v2.get("/models/<name>/versions/<version>/ready")
    def model_ready(name: str, version: str | None = None):
        _servable(repository, name, version)
        return {"name": name, "ready": True}

    @v2.post("/models/<name>/infer")
    @v2.post("/models/<name>/versions/<version>/infer")
    def classify(name: str, version: str | None = None):
        servable = _servable(repository, name, version)
        return _answer(servable, json_of(request, servable.card.input))

    return v2


def _servable(repository: ModelRepository, name: str, version: str | None) -> Servable:
    numbers = {str(number): number for number in repository.versions(name)}
    if version is None:
        return repository.get(name, max(numbers.values()))
    if version not in numbers:
        raise NotServed(f"no version {version!r} of {name}; there is {', '.join(numbers)}")
    return repository.get(name, numbers[version])


def _tensors_of(card: ModelCard) -> dict:
    """What goes in and out, as the protocol describes tensors: -1 is as many as there are images."""
    return {
        "platform": f"{card.framework['name']}_{_format_of(card)}",
        "inputs": [{"name": IMAGE, "datatype": "UINT8", "shape": [-1, *card.input.shape]}],
        "outputs": [
            {"name": SCORES, "datatype": "FP32", "shape": [-1, len(card.classes)]},
            {"name": LABEL, "datatype": "BYTES", "shape": [-1]},
        ],
    }


def _format_of(card: ModelCard) -> str:
    """The ending of the file that is run, such as ``tflite``."""
    return next(ending for ending in ENGINES if any(name.endswith(ending) for name in card.files)).removeprefix(".")


def _answer(servable: Servable, body: dict) -> dict:
    wanted = _wanted(body.get("outputs"))
    identifier = body.get("id")
    if identifier is not None and not isinstance(identifier, str):
        raise BadInput('the "id" is not text')
    answer = infer(servable, _pixels_in(body, servable.card))
    scores, labels = np.asarray(answer["result"]), answer["labels"]
    outputs = [
        {"name": SCORES, "datatype": "FP32", "shape": list(scores.shape), "data": scores.ravel()},
        {"name": LABEL, "datatype": "BYTES", "shape": [len(labels)], "data": labels},
    ]
    return {
        "model_name": servable.card.name,
        "model_version": str(servable.card.version),
        **({} if identifier is None else {"id": identifier}),
        "outputs": [output for output in outputs if output["name"] in wanted],
    }


def _wanted(outputs: object) -> list[str]:
    """The names of the outputs that a request asks for; all if it asks for none."""
    if not outputs:
        return [SCORES, LABEL]
    names = [output.get("name") if isinstance(output, dict) else None for output in _list(outputs)]
    if not all(name in (SCORES, LABEL) for name in names):
        raise BadInput(f'expected in "outputs" objects with the "name" {SCORES} or {LABEL}')
    return names


def _list(value: object) -> list:
    return value if isinstance(value, list) else [value]


def _pixels_in(body: dict, card: ModelCard) -> np.ndarray:
    """The one tensor of a request as uint8 pixels (n, height, width). Raises ``BadInput``."""
    tensors = body.get("inputs")
    expected = 'expected in "inputs" one tensor, an object with "name", "shape", "datatype" and "data"'
    if not isinstance(tensors, list) or len(tensors) != 1 or not isinstance(tensors[0], dict):
        raise BadInput(expected)
    tensor = tensors[0]
    if missing := [key for key in ("name", "shape", "datatype", "data") if key not in tensor]:
        raise BadInput(f'{expected}; it has no "{missing[0]}"')
    if tensor["name"] != IMAGE:
        raise BadInput(f'the input is not called {tensor["name"]!r:.40}; expected "{IMAGE}"')
    if tensor["datatype"] != "UINT8":
        raise BadInput(f"the datatype is {tensor['datatype']!r:.40}; expected UINT8, whole numbers as they are")
    return check_pixels(_nested(tensor["shape"], tensor["data"], card.input.shape), card.input)


def _nested(shape: object, data: object, picture: tuple[int, int]) -> list:
    """``data`` as a list of images, whether it is nested or flat. Raises ``BadInput`` if it is not of that shape."""
    height, width = picture
    sound = isinstance(shape, list) and len(shape) == 3 and all(type(size) is int for size in shape)
    if not sound or shape[0] < 1 or shape[1:] != [height, width]:
        raise BadInput(f"the shape is {shape!r:.80}; expected [n, {height}, {width}]")
    if not isinstance(data, list):
        raise BadInput('expected "data" to be a list')
    flat = not any(isinstance(item, list) for item in data[:1])
    if len(data) != (math.prod(shape) if flat else shape[0]):
        raise BadInput(f"the data has {len(data)} {'numbers' if flat else 'images'}; the shape {shape} says otherwise")
    if flat:
        rows = [data[start : start + width] for start in range(0, len(data), width)]
        data = [rows[start : start + height] for start in range(0, len(rows), height)]
    check_count(data)
    return data
