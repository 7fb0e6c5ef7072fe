"""The settings that the server takes from the environment, checked before anything starts."""

from __future__ import annotations

from server.production.access import check_tokens
from server.production.cors import origins_from_environment


def check_settings() -> None:
    """Raise ``ValueError``, with what to do, for settings that cannot be used; see ``access`` and ``cors``."""
    check_tokens()
    origins_from_environment()
