"""The HTTP server below the REST API: cheroot, whose threads live in TensorFlow's own process.

It was chosen by fit: it hands on the raw path, has no limit on a body, keeps connections open without keeping a thread
for each, and stops gracefully. Servers with worker processes would need a model in each of them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.wsgi import Server

from server.tensorflow_serving.status import invalid_argument

log = logging.getLogger(__name__)
# A client may keep its connection for so long without a request.
IDLE_SECONDS = 300
BACKLOG = 1024


class _Request(HTTPRequest):
    def read_request_line(self) -> bool:
        try:
            return super().read_request_line()
        except ValueError:
            # cheroot lets a path such as ``//[`` through to a 500.
            self.simple_response("400 Bad Request", "Malformed Request-URI")
            return False


class _Connection(HTTPConnection):
    RequestHandlerClass = _Request


def start_http(application: Callable, address: tuple[str, int], threads: int) -> Server:
    """Serve a WSGI application; its ``stop`` answers what is under way. Raises ``ServingError`` for a port in use."""
    server = Server(
        address,
        application,
        numthreads=threads,
        server_name="model-server",
        request_queue_size=BACKLOG,
        timeout=IDLE_SECONDS,
    )
    server.ConnectionClass = _Connection
    server.keep_alive_conn_limit = None  # cheroot's own default closes all but ten
    server.error_log = _log
    try:
        server.prepare()
    except OSError as error:
        raise invalid_argument(f"Cannot listen on {address[0]}:{address[1]}: {error}") from error
    threading.Thread(target=server.serve, daemon=True).start()
    return server


def _log(message: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
    log.log(level, message, exc_info=traceback)
