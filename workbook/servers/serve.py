"""Starts the reference inference server, in its production form."""

from __future__ import annotations

import socket
from pathlib import Path

from rich.console import Console

from server.production.workers import HOST, serve
from workbook.errors import UserError


def serve_models(models: Path, port: int, workers: int | None, console: Console) -> None:
    """Serve the model repository on loopback until interrupted.

    Raises ``UserError`` for a port that is taken, a path that is no folder, and tokens that cannot be read.
    """
    if not models.is_dir():
        raise UserError(f"{models} is no folder: expected a model repository")
    port = _free(port)
    console.print(f"Serving {models} at http://{HOST}:{port} (Ctrl+C stops)")
    try:
        serve(models, HOST, port, workers)
    except ValueError as error:
        raise UserError(str(error)) from error


def _free(port: int) -> int:
    """The port itself, if nothing listens there, or for 0 any free one. Raises ``UserError``."""
    try:
        with socket.create_server((HOST, port)) as listener:
            return listener.getsockname()[1]
    except OSError as error:
        raise UserError(f"port {port} cannot be had ({error.strerror}): choose another with --port") from error
