"""Starts the reference inference server, in its production form."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import server
from server.production.settings import check_settings
from workbook.errors import UserError

HOST = "127.0.0.1"


def serve_models(models: Path, port: int, workers: int | None) -> None:
    """Serve the model repository on loopback until interrupted.

    Raises ``UserError`` for a port in use, a path that is not a folder, and settings that cannot be used.
    """
    if not models.is_dir():
        raise UserError(f"{models} is not a folder: expected a model repository")
    try:
        check_settings()
    except ValueError as error:
        raise UserError(str(error)) from error
    arguments = ["--models", str(models), "--host", HOST, "--port", str(free(port))]
    _become("server", arguments + (["--workers", str(workers)] if workers else []))


def serve_traffic(policy: Path, port: int) -> None:
    """Stand on loopback before the servers that the policy names, until interrupted.

    Raises ``UserError`` for a port that is taken, and for a policy that cannot be used.
    """
    from server.traffic.policy import read_policy

    try:
        read_policy(policy)
    except ValueError as error:
        raise UserError(str(error)) from error
    _become("server.traffic", [str(policy), "--host", HOST, "--port", str(free(port))])


def free(port: int) -> int:
    """The port itself, if nothing listens there, or any free one for 0. Raises ``UserError``."""
    try:
        with socket.create_server((HOST, port)) as listener:
            return listener.getsockname()[1]
    except OSError as error:
        raise UserError(f"port {port} cannot be had ({error.strerror}): choose another with --port") from error


def _become(module: str, arguments: list[str]) -> None:
    """Go on as ``python -m module``: what this command has imported would take 18 MB in each of the server's
    processes."""
    folders = [str(Path(server.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, folders))}
    command = [sys.executable, "-P", "-m", module, *arguments]  # -P: a student's server.py here is not meant
    if sys.platform == "win32":  # which cannot replace one program by another
        raise SystemExit(subprocess.call(command, env=environment))
    os.execve(sys.executable, command, environment)
