"""The settings that the server takes from the environment, checked before anything starts."""

from __future__ import annotations

from server.production.access import check_tokens
from server.production.cors import origins_from_environment
from server.production.protocols.google import Routes


def check_settings() -> None:
    """Raise ``ValueError``, with what to do, for settings that cannot be used; see ``access``, ``cors`` and
    ``protocols.google``."""
    check_tokens()
    origins_from_environment()
    Routes.from_environment()
