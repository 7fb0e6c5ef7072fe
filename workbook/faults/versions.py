"""Faults of the model repository: versions that are not what they are called."""

from __future__ import annotations

from dataclasses import replace

from server.repository import ModelRepository, NotServed, Servable


class StaleVersion(ModelRepository):
    """Each version has its own card and the network of the oldest: the new files came, and nobody loaded them."""

    def get(self, name: str, version: int) -> Servable:
        asked, oldest = super().get(name, version), super().get(name, self.versions(name)[0])
        return replace(asked, engine=oldest.engine)


class AnyVersion(ModelRepository):
    """Whoever asks for a version that is not there gets the newest."""

    def get(self, name: str, version: int) -> Servable:
        try:
            return super().get(name, version)
        except NotServed:
            return super().get(name, self.versions(name)[-1])
