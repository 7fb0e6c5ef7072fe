"""The application as production runs it: ``server.api`` with counts, a log, tokens and the fast lane around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST

from server.api import app_on
from server.model_card import PINNED_MODELS
from server.production import metrics
from server.production.access import Access, Users
from server.production.cors import Cors, origins_from_environment
from server.production.fast_lane import FastLane
from server.production.observability import Observed
from server.production.protocols.platforms import speak_all
from server.repository import ModelRepository
from server.routes import MAX_BODY_BYTES


def production_app(models: Path = PINNED_MODELS, log: BinaryIO | None = None, users: Users | None = None) -> Flask:
    """Make the application. The models under ``models`` are loaded before it returns, and watched from then on.

    ``log`` gets a line for each request. Only ``users`` may have images classified; None is everybody.
    Raises ``ValueError`` if ``models`` is not a folder.
    """
    return production_app_on(ModelRepository(models, metrics.counted(models)), log, users)


def production_app_on(repository: ModelRepository, log: BinaryIO | None, users: Users | None) -> Flask:
    """The same application on a ``repository`` that is there already."""
    repository.watch()
    app = app_on(repository)
    speak_all(app, repository)
    classifier = FastLane(app.wsgi_app, repository, MAX_BODY_BYTES)
    return with_metrics(app, repository, Access(classifier, users) if users else classifier, log)


def with_metrics(app: Flask, repository: ModelRepository, layers: Callable, log: BinaryIO | None) -> Flask:
    """``app`` with the WSGI application ``layers``, which has it inside, watched; and with the route for its counts.

    ``repository`` holds what is watched for drift.
    """
    app.wsgi_app = watched(layers, log)

    @app.get("/metrics")
    def scrape():
        return Response(metrics.exposition(repository), content_type=CONTENT_TYPE_LATEST)

    return app


def watched(app: Callable, log: BinaryIO | None) -> Callable:
    """``app`` with what goes around each answer, even a refusal: an id, a line in the log, a count, and CORS.

    So CORS is around the tokens, too: a browser asks first, and without a token.
    """
    origins = origins_from_environment()
    return Observed(Cors(app, origins) if origins else app, log)
