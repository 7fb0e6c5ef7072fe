"""The server as one runs it for others: ``workbook serve``.

Granian takes the connections, in Rust, and hands each request to one of the worker processes. One thread a worker,
because the interpreter of a LiteRT model serves one request at a time.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from server.repository import PINNED_MODELS

HOST = "127.0.0.1"
PORT = 8000
# Requests that a worker may have accepted and not yet answered; more wait in the operating system's queue.
BACKPRESSURE = 128
STOP_SECONDS = 10


def serve(models: Path = PINNED_MODELS, host: str = HOST, port: int = PORT, workers: int | None = None) -> None:
    """Serve the model repository until SIGINT or SIGTERM; requests under way are answered first.

    ``workers`` are processes, one a core if not given. A worker that dies is replaced.
    """
    os.environ["SERVER_MODELS"] = str(models.resolve())
    with tempfile.TemporaryDirectory(prefix="server-metrics-") as metrics_folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder
        Granian(
            "server.production:application",
            factory=True,
            interface=Interfaces.WSGI,
            address=host,
            port=port,
            workers=workers or os.cpu_count() or 1,
            blocking_threads=1,
            backpressure=BACKPRESSURE,
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
            log_enabled=False,
        ).serve()


def application() -> Flask:
    """What each worker runs. The metrics are imported here, in the worker, once their folder is named."""
    from server.api import create_app
    from server.observability import log_as_json

    log_as_json()
    return create_app(Path(os.environ["SERVER_MODELS"]), sys.stderr.buffer)
