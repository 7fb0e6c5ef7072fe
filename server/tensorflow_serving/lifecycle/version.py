"""A version of a model, from the moment it is wanted to the moment it is gone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from server.tensorflow_serving.execution.servable import Servable
from server.tensorflow_serving.status import ServingError


class State(IntEnum):
    """The states of ``ModelVersionStatus``, in the order in which a version goes through them."""

    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(eq=False)
class Version:
    """A version of a model and its state. ``error`` says why it ended, if it did not end well."""

    model: str
    number: int
    folder: Path
    state: State = State.START
    error: ServingError | None = None
    aspired: bool = True
    servable: Servable | None = None
    requests: int = 0

    def __str__(self) -> str:
        return f"{{name: {self.model} version: {self.number}}}"


@dataclass(frozen=True)
class Retries:
    """How often loading a version is retried, and after how many seconds."""

    number: int = 5
    seconds: float = 60.0
