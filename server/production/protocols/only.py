"""Which model answers where the address names none: on a cloud, an endpoint has one."""

from __future__ import annotations

import os

from server.repository import ModelRepository, NotServed, Servable

MODEL = "SERVER_MODEL"  # a setting: the name of the model, if the repository has several


def newest_of_the_one(repository: ModelRepository) -> Servable:
    """The newest version of the model that ``SERVER_MODEL`` names, or of the only one. Raises ``NotServed``."""
    name = os.environ.get(MODEL)
    names = [name] if name else repository.names()
    if len(names) != 1:
        there = ", ".join(names) or "none"
        raise NotServed(f"an endpoint has one model; there is {there}: name it in {MODEL}")
    return repository.get(names[0], repository.versions(names[0])[-1])
