"""The settings that the server takes from the environment, looked at before anything starts."""

from __future__ import annotations

from server.production.access import check_tokens
from server.production.cors import origins_from_environment


def check_settings() -> None:
    """Raise ``ValueError``, with what to do, for what a server should not start with; see ``access`` and ``cors``."""
    check_tokens()
    origins_from_environment()
