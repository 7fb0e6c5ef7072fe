"""Runs beside the student's code: an application with a cloud's two routes on it, and requests to it."""

from __future__ import annotations

import json
import os
import shutil
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask

from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS
from server.production.protocols import google, sagemaker
from server.production.protocols.only import MODEL
from server.repository import ModelRepository
from server.routes import plain_app

CLOTHES = PINNED_MODELS / "clothes"


def request(where: list[str], method: str, path: str, options: dict) -> dict:
    """The answer to one request: its status, headers and body; or what was ``made`` if that is no Blueprint.

    ``where`` are a cloud, "sagemaker" or "google"; what is in the repository; and Google's two routes. There may be the
    "clothes" in two versions; "none"; "two" models, of which the setting names the clothes, or "two, unnamed"; or
    "newer", the clothes of which a version comes when the application is already there. ``options`` are those of
    Flask's test client, ``data`` and ``headers``, and ``spaces``: how many are put before the data.
    """
    spaces = options.pop("spaces", 0)
    if spaces:
        options["data"] = b" " * spaces + options["data"]
    app = application(*where)
    if not isinstance(app, Flask):
        return {"made": app}
    answer = app.test_client().open(path, method=method, **options)
    return {"status": answer.status_code, "headers": dict(answer.headers), "body": answer.data}


@cache
def application(cloud: str, models: str, *routes: str) -> object:
    """A server with the two routes on it; what was made if that is no Blueprint."""
    os.environ.pop(MODEL, None)
    if models == "two":
        os.environ[MODEL] = "clothes"
    repository = repository_of(models if models != "newer" else f"newer, of {cloud}")
    app = plain_app(repository)
    app.config["PROPAGATE_EXCEPTIONS"] = True  # an exception that nobody handles is shown to the student as it is
    made = google.google(repository, google.Routes(*routes)) if cloud == "google" else sagemaker.sagemaker(repository)
    if not isinstance(made, Blueprint):
        return made
    app.register_blueprint(made)
    if models == "newer":
        shutil.copytree(CLOTHES / "2", Path(f"newer, of {cloud}") / "clothes" / "2", dirs_exist_ok=True)
        repository.refresh()
    return app


@cache
def repository_of(models: str) -> ModelRepository:
    folder = Path(models)
    shutil.rmtree(folder, ignore_errors=True)  # of the process before this one, if that had to be ended
    folder.mkdir()
    _fill(folder, models)
    return ModelRepository(folder)


def _fill(folder: Path, models: str) -> None:
    if models != "none":
        shutil.copytree(CLOTHES / "1", folder / "clothes" / "1")
    if models == "clothes":
        shutil.copytree(CLOTHES / "2", folder / "clothes" / "2")
    if models.startswith("two"):
        shutil.copytree(CLOTHES / "2", folder / "shirts" / "2")
        card = folder / "shirts" / "2" / EXTRA_FOLDER / CARD_FILE
        fields = json.loads(card.read_text(encoding="utf-8"))
        card.write_text(json.dumps({**fields, "name": "shirts"}), encoding="utf-8")
