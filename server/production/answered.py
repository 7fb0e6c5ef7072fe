"""Which version answered a request: told where it is known, by the model, and read where it is written, in the log."""

from __future__ import annotations

from contextvars import ContextVar

from server.engines import ENGINES
from server.model_card import ModelCard

# A request is answered in one thread, from its line in the log to its model and back; so this needs no argument.
_answered: ContextVar[dict[str, str | int] | None] = ContextVar("answered", default=None)


def signature_of(card: ModelCard) -> dict[str, str | int]:
    """What a line of the log says of a version: ``model``, ``version``, and ``weights``, the SHA-256 of its file.

    The file is the one that is run. A number alone would not do: a folder can be replaced by another of its name.
    """
    files = (card.files[name] for suffix in ENGINES for name in card.files if name.endswith(suffix))
    return {"model": card.name, "version": card.version, "weights": next(files, "")}


def sign(signature: dict[str, str | int]) -> None:
    """Say that the version with this signature has classified the images of the request."""
    _answered.set(signature)


def begin() -> None:
    """Forget what the request before this one was answered by."""
    _answered.set(None)


def signature() -> dict[str, str | int]:
    """That of the version that has answered this request; empty if none has."""
    return _answered.get() or {}
