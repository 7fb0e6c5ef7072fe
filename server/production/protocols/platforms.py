"""Which protocols a server speaks beside its own: V2 always, those of the clouds if it is told where it runs."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from server.production.protocols import sagemaker
from server.production.protocols.google import PORT as GOOGLE_PORT
from server.production.protocols.google import Routes, google
from server.production.protocols.open_inference import open_inference
from server.repository import ModelRepository

SAGEMAKER = "SERVER_SAGEMAKER"  # set by `python -m server serve`, for its worker processes


def speak_all(app: Flask, repository: ModelRepository) -> None:
    """Give ``app`` the routes of each protocol that is wanted. Raises ``ValueError`` for settings of no use."""
    app.register_blueprint(open_inference(repository))
    if os.environ.get(SAGEMAKER):
        app.register_blueprint(sagemaker.sagemaker(repository))
    if routes := Routes.from_environment():
        app.register_blueprint(google(repository, routes))


def start_on_sagemaker(models: Path) -> Path:
    """From now on, this process and its workers honor SageMaker's contract. Returns the folder of the models: the one
    that SageMaker has filled, or ``models``."""
    os.environ[SAGEMAKER] = "1"
    theirs = sagemaker.MODELS
    return theirs if theirs.is_dir() and any(theirs.iterdir()) else models


def port_of_the_platform(default: int) -> int:
    """The port that a cloud asks for, or ``default``. Raises ``ValueError``, with what to do, for what is no port."""
    if os.environ.get(SAGEMAKER):
        return sagemaker.PORT
    port = os.environ.get(GOOGLE_PORT) or str(default)
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(f"{GOOGLE_PORT}={port!r} is not a port; expected a number such as 8080")
    return int(port)
