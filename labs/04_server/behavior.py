"""What `workbook diff 04` compares: the same requests to both servers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from workbook.labs.checks.assertions import Student

ROUTE = "/models/clothes/v1"
JSON = {"Content-Type": "application/json"}


def behavior(student: Student) -> Iterator[tuple[str, partial]]:
    """A name for each request, and a call that gives what was answered."""
    image = np.arange(784).reshape(28, 28) % 256
    for name, method, path, options in (
        ("list of models", "GET", "/models", {}),
        ("one model", "GET", "/models/clothes", {}),
        ("model card", "GET", ROUTE, {}),
        ("a good image", "POST", ROUTE, {"json": {"image": image.tolist()}}),
        ("two images", "POST", ROUTE, {"json": {"images": [image.tolist(), (255 - image).tolist()]}}),
        ("pixels asked for", "POST", ROUTE + "?pixels", {"json": {"image": image.tolist()}}),
        ("broken JSON", "POST", ROUTE, {"data": "{", "headers": JSON}),
        ("no image in it", "POST", ROUTE, {"json": {}}),
        ("27 rows", "POST", ROUTE, {"json": {"image": image[1:].tolist()}}),
        ("scaled floats", "POST", ROUTE, {"json": {"image": (image / 255).tolist()}}),
        ("pixels of 256", "POST", ROUTE, {"json": {"image": (image + 1).tolist()}}),
        ("plain text", "POST", ROUTE, {"data": "hello", "headers": {"Content-Type": "text/plain"}}),
        ("DELETE", "DELETE", ROUTE, {}),
        ("another model", "GET", "/models/shoes", {}),
        ("another version", "GET", "/models/clothes/v9", {}),
    ):
        yield name, partial(_answered, student, method, path, options)


def _answered(student: Student, method: str, path: str, options: dict) -> str:
    answer = student.call("driver:request", method, path, True, options)
    return f"{answer['status']} {answer['text'].strip()}"
