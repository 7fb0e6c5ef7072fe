"""The process of an incident: the production server with a fault, and its customers.

    python -m workbook.incidents 3 FOLDER

serves at the port in ``PORT`` until it is ended. ``FOLDER`` gets ``server.log`` and ``traffic.jsonl``. Once there is a
file ``mended`` in it, the release without the fault answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from server.api import app_on
from server.model_card import PINNED_MODELS
from server.production.app import with_metrics
from server.production.fast_lane import FastLane
from server.production.metrics import CountedServable, counted
from server.repository import ModelRepository, Servable
from server.routes import MAX_BODY_BYTES
from workbook.faults import catalog
from workbook.faults.layers import Wsgi
from workbook.faults.serving import running
from workbook.incidents.traffic import visited

SERVER_LOG, TRAFFIC_LOG, MENDED = "server.log", "traffic.jsonl", "mended"
POLL_SECONDS = 0.1


def production(fault: catalog.Fault | None, log: BinaryIO, models: Path = PINNED_MODELS) -> Wsgi:
    """The production application, with its log and its counts, and with ``fault`` if there is one.

    What the fault does to the answers is counted and logged as it is: the log of a server knows what it sent.
    """
    servable, repository, layer = (
        (fault.servable(), fault.repository, fault.layer) if fault else (Servable, ModelRepository, lambda app: app)
    )
    kind = type("CountedFaulty", (CountedServable, servable), {}) if servable is not Servable else CountedServable
    served = repository(models, counted(models, kind))
    app = app_on(served)
    return with_metrics(app, served, layer(FastLane(app.wsgi_app, served, MAX_BODY_BYTES)), log).wsgi_app


class Release:
    """A WSGI application that is replaced by another while it serves."""

    def __init__(self, app: Wsgi) -> None:
        self.app = app

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        return self.app(environ, start_response)


def serve(fault: catalog.Fault, folder: Path, port: int, ended: threading.Event) -> None:
    """Serve with ``fault``, and let the customers come, until ``ended`` is set. Raises ``OSError`` for the port."""
    with (folder / SERVER_LOG).open("wb") as log:
        release = Release(production(fault, log))
        with running(release, port) as url, visited(url, folder / TRAFFIC_LOG):
            while not ended.wait(POLL_SECONDS):
                if (folder / MENDED).exists():
                    release.app = production(None, log)
                    ended.wait()
