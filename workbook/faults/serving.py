"""Makes the application with a fault, and serves it: in a thread of this process, or as a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cheroot.wsgi import Server

from server.api import app_on
from server.model_card import PINNED_MODELS
from server.repository import ModelRepository
from workbook.faults.another import AnotherServer
from workbook.faults.catalog import FAULTS, find
from workbook.faults.layers import Wsgi

REFERENCE, ANOTHER = "reference", "another"
GOOD = (REFERENCE, ANOTHER)
NAMES = (*GOOD, *(fault.name for fault in FAULTS))
THREADS = 32  # requests that are answered at once: some faults show only then


def app_of(name: str, models: Path = PINNED_MODELS) -> Wsgi:
    """The WSGI application of this name: ``reference``, ``another``, or the reference with the fault of that name.

    Raises ``LookupError``, which says what there is.
    """
    if name == ANOTHER:
        return AnotherServer(models)
    if name == REFERENCE:
        return app_on(ModelRepository(models)).wsgi_app
    fault = find(name)
    return fault.layer(app_on(fault.repository(models, fault.servable())).wsgi_app)


@contextmanager
def running(app: Wsgi, port: int = 0) -> Iterator[str]:
    """Serve a WSGI application on the loopback interface, in threads; yields its address. Port 0 is any free one."""
    server = _server(app, port)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join()


def serve(name: str, port: int) -> None:
    """Serve the application of this name until interrupted. Raises ``LookupError``, and ``OSError`` for the port."""
    server = _server(app_of(name), port)
    try:
        server.serve()
    finally:
        server.stop()


def _server(app: Wsgi, port: int) -> Server:
    server = Server(("127.0.0.1", port), app, numthreads=THREADS, request_queue_size=128)
    server.expiration_interval = 0.02  # seconds between looks whether it is to stop
    server.keep_alive_conn_limit = THREADS * 4
    server.prepare()
    return server
