"""The reference inference server: the routes on the models, the page for people, and the contract.

``server.production`` adds what a server for many people needs.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from server.contract.blueprint import contract
from server.model_card import PINNED_MODELS
from server.page.blueprint import page
from server.repository import ModelRepository
from server.routes import plain_app


def create_app(models: Path = PINNED_MODELS) -> Flask:
    """Make the application. The models under ``models`` are loaded before it returns, and watched from then on.

    Raises ``ValueError`` if ``models`` is not a folder.
    """
    repository = ModelRepository(models)
    repository.watch()
    return app_on(repository)


def app_on(repository: ModelRepository) -> Flask:
    """The same application on an existing ``repository``."""
    app = plain_app(repository)
    app.register_blueprint(page)
    app.register_blueprint(contract)
    return app
