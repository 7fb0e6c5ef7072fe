"""Servers that answer whatever they are told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.server.clients.answering import Answering, GrpcServer


@pytest.fixture(scope="module")
def http_server() -> Iterator[Answering]:
    with Answering() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def grpc_server() -> Iterator[GrpcServer]:
    server = GrpcServer()
    yield server
    server.server.stop(None)
