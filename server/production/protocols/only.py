"""Which model answers where the address names none: on a cloud, an endpoint has one."""

from __future__ import annotations

import os
from collections.abc import Callable

from server.repository import ModelRepository, NotServed, Servable

MODEL = "SERVER_MODEL"  # a setting: the name of the model, if the repository has several


def chosen_from(repository: ModelRepository) -> Callable[[], Servable]:
    """A function that gives the newest version of the model that ``SERVER_MODEL`` names, or of the only one.

    It raises ``NotServed``.
    """
    name = os.environ.get(MODEL)

    def newest() -> Servable:
        names = [name] if name else repository.names()
        if len(names) != 1:
            raise NotServed(f"an endpoint has one model; there is {', '.join(names) or 'none'}: name it in {MODEL}")
        return repository.get(names[0], repository.versions(names[0])[-1])

    return newest
