"""Runs beside the student's code: sends requests to the application made from it."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

from flask import Flask

from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, InputSpec
from server.payload import pixels_in_json
from server.preprocessing import check_pixels
from server.repository import ModelRepository
from server.routes import MAX_BODY_BYTES, OrjsonProvider, add_error_answers, add_model_routes

MODELS = Path("models")
CLOTHES = InputSpec((28, 28), 0, 255)


def check(images: object, shape: tuple[int, int], low: int, high: int):
    """``check_pixels`` for a model with this shape and range."""
    return check_pixels(images, InputSpec(shape, low, high))


def body(content: bytes):
    """``pixels_in_json`` for the clothes model."""
    return pixels_in_json(content, CLOTHES)


def add_version(version: int, **fields: object) -> None:
    """Put another version of the clothes model beside the others, with these fields in its card."""
    repository()
    folder = MODELS / "clothes" / str(version)
    shutil.copytree(PINNED_MODELS / "clothes" / "1", folder)
    card = folder / EXTRA_FOLDER / CARD_FILE
    fields = {**json.loads(card.read_text(encoding="utf-8")), "version": version, **fields}
    card.write_text(json.dumps(fields), encoding="utf-8")
    repository().refresh()


def request(method: str, path: str, errors: bool, options: dict) -> dict:
    """The answer to one request: its status, headers, JSON (or null) and text.

    ``errors`` tells whether ``add_error_answers`` is called, so that the routes can be checked without it. ``options``
    are those of Flask's test client: ``json``, ``data``, ``headers``.
    """
    app = Flask("lab")
    app.json = OrjsonProvider(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["PROPAGATE_EXCEPTIONS"] = True  # an exception that nobody handles is shown to the student as it is
    add_model_routes(app, repository())
    if errors:
        add_error_answers(app)
    answer = app.test_client().open(path, method=method, **options)
    content = answer.get_json(silent=True)
    return {"status": answer.status_code, "headers": dict(answer.headers), "json": content, "text": answer.text}


@cache
def repository() -> ModelRepository:
    """The two versions of the clothes model. Not the digits: scikit-learn takes a second to import."""
    # They are there already where the process before this one had to be ended.
    shutil.copytree(PINNED_MODELS / "clothes", MODELS / "clothes", dirs_exist_ok=True)
    return ModelRepository(MODELS)
