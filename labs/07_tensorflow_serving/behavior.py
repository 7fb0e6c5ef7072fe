"""What `workbook diff 07` compares: versions that are written, and what clients send first."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from server.model_card import InputSpec, ModelCard
from workbook.labs.checks.assertions import Raised, Student

CARD = ModelCard("clothes", 2, "", 9, InputSpec((4, 6), 0, 100), ("boot", "bag", "coat"), {}, {}, {}, {}, {})
METADATA = """{"model_spec": {"name": "clothes", "version": "2"}, "metadata": {"signature_def": {"signature_def":
{"labels": {"inputs": {"pixels": {"tensor_shape": {"dim": [{"size": "-1"}, {"size": "4"}, {"size": "6"}]}}}}}}}}"""
# In rows and in columns, whichever was asked for.
PREDICTED = """{"predictions": [{"label": "bag", "scores": [0.25, 0.5, 0.25]}],
"outputs": {"label": ["bag"], "scores": [[0.25, 0.5, 0.25]]}}"""


def behavior(student: Student) -> Iterator[tuple[str, partial]]:
    """A name for each call, and the call."""
    numbers = np.random.default_rng(7)
    shapes = (3, 3, 1, 2), (2,), (2, 3), (3,)
    network = {"card": CARD, "weights": [numbers.normal(size=shape).astype(np.float32) for shape in shapes]}
    pixels = numbers.integers(0, 101, (2, 4, 6), np.uint8)
    files = {"saved_model.pb": b"graph", "assets.extra/clothes.keras": b"network"}
    yield "two pictures in the graph", partial(_labels, student, network, pixels)
    yield "pictures of another size", partial(_labels, student, network, pixels[:, :3])
    for name in ("serving_default", "labels"):
        yield f"the signature {name}", partial(_asked, student, network, name, pixels)
    for before in ({}, {"clothes/2/old.txt": b"old"}):
        what = "a version that is there" if before else "a new version"
        yield what, partial(_tree, student, before, files)
        yield f"{what}, stopped", partial(_tree, student, before, files, stops=True)
    for version in (2, "stable", None):
        yield f"REST, version {version}", partial(_rest, student, pixels[:1], version, (200, PREDICTED))
    for status, text in ((400, '{"error": "why"}'), (500, '{"error": "why"}'), (200, "{}")):
        yield f"REST, answered {status} {text}", partial(_rest, student, pixels[:1], 2, (status, text))
    for version, status in ((2, "NOT_FOUND"), ("stable", "INTERNAL"), (None, "UNAVAILABLE")):
        yield f"gRPC, version {version}, answered {status}", partial(_grpc, student, version, status)


def _labels(student: Student, network: dict, pixels: np.ndarray) -> dict:
    try:
        got = student.call("driver:labels", network, pixels)
    except Raised as error:
        return {"raised": error.kinds[0]}  # the rest of TensorFlow's message has names of nodes in it
    return {"scores": np.round(got["scores"], 4), "label": got["label"]}


def _asked(student: Student, network: dict, signature: str, pixels: np.ndarray) -> list:
    return sorted(student.call("driver:ask", network, signature, {"pixels": pixels}))


def _tree(student: Student, before: dict, files: dict, stops: bool = False) -> list:
    return sorted(student.call("driver:write_version", CARD, before, files, stops)["tree"])


def _rest(student: Student, image: np.ndarray, version: int | str | None, answer: tuple[int, str]) -> list:
    """What was sent, and what came of it."""
    event, sent = student.call("clients_driver:rest", image, "clothes", version), []
    while "request" in event and len(sent) < 10:
        request = event["request"]
        sent.append(f"{request['method']} {request['path']} {request['body'].decode()[:80]}")
        status, text = (200, METADATA) if request["method"] == "GET" else answer
        event = student.call("clients_driver:reply", {"status": status, "text": text})
    return [*sent, event]


def _grpc(student: Student, version: int | str | None, status: str) -> list:
    """The same for a request that gets no answer but a status."""
    event, sent = student.call("clients_driver:grpc", None, "clothes", version), []
    while "request" in event and len(sent) < 10:
        sent.append(event["request"]["message"])
        try:
            event = student.call("clients_driver:reply", {"status": status, "details": "why"})
        except Raised as error:
            return [*sent, error.kinds[0], "why" in error.message]
    return [*sent, event]
