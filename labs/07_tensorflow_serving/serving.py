"""TensorFlow Serving as the clients see it: its answer is decided only when a request has come."""

from __future__ import annotations

import json

import messages
import numpy as np

CLASSES = 4
VERSION = 3  # of the one that answers
SERVICE = "/tensorflow.serving.PredictionService/"


class Model:
    """A model that clients name by ``version``: a number, a label or None. It keeps what it was sent and what it
    answered.

    Labels have nothing to do with scores, so that a client gets both right only if it reads both.
    """

    def __init__(self, random: np.random.Generator, version: int | str | None = None) -> None:
        self._random = random
        self.name = "".join(random.choice(list("abcdefgh"), 8))
        self.version = version
        self.shape = tuple(int(size) for size in random.integers(5, 12, 2))
        self.asked: list[np.ndarray] = []
        self.answered: list[tuple[str, np.ndarray]] = []

    @property
    def size(self) -> str:
        return f"{self.shape[0]}x{self.shape[1]}"

    def images(self, count: int) -> np.ndarray:
        return self._random.integers(0, 256, (count, *self.shape), np.uint8)

    def classify(self, pixels: np.ndarray) -> tuple[list[str], np.ndarray]:
        self.asked.append(pixels)
        scores = self._random.dirichlet(np.ones(CLASSES), len(pixels)).astype(np.float32)
        labels = [f"{self.name[:3]} {number}" for number in self._random.integers(0, 1000, len(pixels))]
        self.answered += zip(labels, scores, strict=True)
        return labels, scores


def versions(random: np.random.Generator) -> tuple[int, str, None]:
    """The ways to name a version: a number, a label, and none for the newest."""
    return int(random.integers(2, 99)), f"canary{random.integers(99)}", None


class Rest:
    """The REST API of ``model``.

    ``fault``, status and text, is the answer to each request to predict; None means that it never comes.
    """

    client = "clients_driver:rest"

    def __init__(self, model: Model, fault: tuple[int, str] | None = (0, "")) -> None:
        self.predicts = 0
        self.model = model
        self._fault = fault
        kind = "labels" if isinstance(model.version, str) else "versions"
        self.route = f"/v1/models/{model.name}" + ("" if model.version is None else f"/{kind}/{model.version}")

    def answer(self, request: dict) -> dict | None:
        method, path = request.get("method"), request.get("path")
        if (method, path) == ("GET", f"{self.route}/metadata"):
            return _answer(200, self._metadata())
        self.predicts += 1
        if (method, path) != ("POST", f"{self.route}:predict"):
            return _answer(404, {"error": f"Malformed request: {method} {path}"})
        if self._fault == (0, ""):
            return self._predict(request.get("body"))
        return self._fault and {"status": self._fault[0], "text": self._fault[1]}

    def _metadata(self) -> dict:
        dims = [{"size": str(size), "name": ""} for size in (-1, *self.model.shape)]
        signature = {"inputs": {"pixels": {"dtype": "DT_UINT8", "tensor_shape": {"dim": dims}}}}
        return {
            "model_spec": {"name": self.model.name, "signature_name": "", "version": str(VERSION)},
            "metadata": {"signature_def": {"signature_def": {"labels": signature}}},
        }

    def _predict(self, body: bytes) -> dict:
        try:
            fields = json.loads(body)
            pixels = _pixels_of(fields)
        except (ValueError, TypeError, AttributeError) as error:
            return _answer(400, {"error": str(error)})
        if fields.get("signature_name") != "labels":
            return _answer(400, {"error": f"asked for the signature {fields.get('signature_name', 'serving_default')}"})
        if pixels.shape[1:] != self.model.shape:
            return _answer(400, {"error": f"Shape of tensor pixels {list(pixels.shape)} is not compatible"})
        labels, scores = self.model.classify(pixels)
        columns = {"scores": scores.astype(float).tolist(), "label": labels}
        if "inputs" in fields:
            return _answer(200, {"outputs": columns})
        rows = zip(columns["scores"], labels, strict=True)
        return _answer(200, {"predictions": [{"scores": row, "label": label} for row, label in rows]})


class Grpc:
    """The gRPC service of ``model``.

    ``fault``, status and details, is its answer ``at`` one method; None means that it never comes.
    """

    client = "clients_driver:grpc"

    def __init__(self, model: Model, fault: tuple[str, str] | None = ("", ""), at: str = "GetModelMetadata") -> None:
        self.calls: list[str] = []
        self.seconds: list[float | None] = []
        self.model = model
        self._fault = fault
        self._at = at

    def answer(self, request: dict) -> dict | None:
        name = str(request.get("method")).removeprefix(SERVICE)
        self.calls.append(name)
        self.seconds.append(request.get("seconds"))
        if name == self._at and self._fault != ("", ""):
            return self._fault and _refused(*self._fault)
        kind = messages.PredictRequest if name == "Predict" else messages.GetModelMetadataRequest
        message = kind.FromString(request.get("message"))
        if not self._is_meant(message.model_spec):
            meant = " ".join(str(message.model_spec).split())
            return _refused("NOT_FOUND", f"Servable not found for request: {meant}")
        return self._predict(message) if name == "Predict" else self._metadata()

    def _is_meant(self, spec) -> bool:
        number = spec.version.value if spec.HasField("version") else None
        return (spec.name, spec.version_label or number) == (self.model.name, self.model.version)

    def _metadata(self) -> dict:
        found = messages.SignatureDefMap()
        found.signature_def["labels"].CopyFrom(messages.signature_of(self.model.shape))
        answer = messages.GetModelMetadataResponse()
        answer.model_spec.name = self.model.name
        answer.model_spec.version.value = VERSION
        answer.metadata["signature_def"].Pack(found)
        return {"message": answer.SerializeToString()}

    def _predict(self, request: messages.PredictRequest) -> dict:
        signature = request.model_spec.signature_name
        if signature != "labels":
            return _refused("INVALID_ARGUMENT", f"asked for the signature {signature or 'serving_default'}")
        if set(request.inputs) != {"pixels"}:
            return _refused("INVALID_ARGUMENT", f"the inputs are {sorted(request.inputs)}, expected ['pixels']")
        try:
            pixels = messages.pixels_in(request.inputs["pixels"])
        except ValueError as error:
            return _refused("INVALID_ARGUMENT", str(error))
        labels, scores = self.model.classify(pixels)
        answer = messages.PredictResponse()
        answer.outputs["label"].CopyFrom(messages.tensor_of(labels))
        answer.outputs["scores"].CopyFrom(messages.tensor_of(scores))
        return {"message": answer.SerializeToString()}


def _answer(status: int, content: object) -> dict:
    return {"status": status, "text": json.dumps(content)}


def _refused(status: str, details: str) -> dict:
    return {"status": status, "details": details}


def _pixels_of(fields: dict) -> np.ndarray:
    """The pixels (n, height, width) of a body in rows or in columns. Raises ``ValueError`` for anything else."""
    if len({"instances", "inputs"} & set(fields)) != 1:
        raise ValueError("Missing 'inputs' or 'instances' key")
    found = fields.get("inputs", fields.get("instances"))
    if isinstance(found, dict):
        found = found.get("pixels")
    rows = [row.get("pixels") if isinstance(row, dict) else row for row in found]
    pixels = np.array(rows, dtype=object)
    if pixels.ndim != 3:
        raise ValueError(f"Shape of tensor pixels {list(pixels.shape)} is not compatible")
    if not {int} >= set(map(type, pixels.ravel())):
        raise ValueError("JSON Value of type float is not of expected type: uint8")
    return pixels.astype(np.uint8)
