"""Starts the reference inference server."""

from __future__ import annotations

import socket
from pathlib import Path

from rich.console import Console
from werkzeug.serving import make_server

from server.api import create_app
from workbook.errors import UserError

HOST = "127.0.0.1"


def serve_models(models: Path, port: int, console: Console) -> None:
    """Serve the model repository on loopback until interrupted.

    Raises ``UserError`` for a port that is taken and for a folder that holds no sound model repository.
    """
    with _listen(port) as listener:
        with console.status("Loading the models"):
            app = _make_app(models)
        port = listener.getsockname()[1]
        server = make_server(HOST, port, app, threaded=True, fd=listener.fileno())
        console.print(f"Serving {models} at http://{HOST}:{port}/models (Ctrl+C stops)")
        server.serve_forever()


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise UserError(f"port {port} cannot be had ({error.strerror}): choose another with --port") from error


def _make_app(models: Path):
    try:
        return create_app(models)
    except ValueError as error:
        raise UserError(str(error)) from error
