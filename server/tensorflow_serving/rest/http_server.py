"""The HTTP server below the REST API: cheroot, whose threads live in TensorFlow's own process.

It was chosen because it fits: it passes on the raw path, has no limit on a body, keeps connections open without keeping
a thread for each, and stops gracefully. Servers with worker processes would need a model in each.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterable
from io import BytesIO

from cheroot.server import HTTPRequest
from cheroot.wsgi import Gateway_10, Server

from server.tensorflow_serving.rest import json_writer
from server.tensorflow_serving.rest.connections import CONNECTIONS, Connection, Threads
from server.tensorflow_serving.rest.request_body import receive, receive_chunks
from server.tensorflow_serving.status import ServingError, invalid_argument

log = logging.getLogger(__name__)
# How long a client may keep its connection without a request.
IDLE_SECONDS = 300
BACKLOG = 1024
HEADER_BYTES = 64 * 1024
# What else is open: the files of models, gRPC's connections, connections that are being closed.
OTHER_FILES = 1000
REQUEST = "model_server.request"


class _Gateway(Gateway_10):
    def get_environ(self) -> dict:
        return super().get_environ() | {REQUEST: self.req}


class _Server(Server):
    ConnectionClass = Connection
    keep_alive_conn_limit = None  # cheroot's own default closes all but ten
    max_request_header_size = HEADER_BYTES

    def process_conn(self, conn: Connection) -> None:
        """Give a connection that has something to say to a thread; a new one has not said anything yet."""
        if conn.last_used is None:
            self._connections.put(conn)
        else:
            super().process_conn(conn)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        log.log(level, msg, exc_info=traceback)


def start_http(application: Callable, address: tuple[str, int], threads: int) -> Server:
    """Serve a WSGI application with this many threads at once; GET requests are answered separately.

    The server's ``stop`` answers requests in progress. Raises ``ServingError`` for a port in use.
    """
    _allow_files(CONNECTIONS + OTHER_FILES)
    server = _Server(
        address,
        _whole_requests(application, threads),
        server_name="model-server",
        request_queue_size=BACKLOG,
        timeout=IDLE_SECONDS,
    )
    server.gateway, server.requests = _Gateway, Threads(server)
    try:
        server.prepare()
    except OSError as error:
        raise invalid_argument(f"Cannot listen on {address[0]}:{address[1]}: {error}") from error
    threading.Thread(target=server.serve, daemon=True).start()
    return server


def _whole_requests(application: Callable, threads: int) -> Callable:
    """The application, which starts work once a whole request is there, on ``threads`` of them at once."""
    working = threading.BoundedSemaphore(threads)

    def serve(environ: dict, start_response: Callable) -> Iterable[bytes]:
        request = environ[REQUEST]
        try:
            environ["wsgi.input"] = BytesIO(_receive(request))
        except ServingError as error:
            request.close_connection = True  # nobody knows where the next request would begin
            return _refuse(start_response, error)
        request.conn.is_waiting = False
        if environ["REQUEST_METHOD"] != "POST":
            return application(environ, start_response)
        with working:
            return application(environ, start_response)

    return serve


def _receive(request: HTTPRequest) -> bytes:
    if request.chunked_read:
        return receive_chunks(request.conn.rfile)
    return receive(request.rfile, request.rfile.remaining)


def _refuse(start_response: Callable, error: ServingError) -> list[bytes]:
    content = json_writer.error(error.message).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
    start_response("400 Bad Request", headers)
    return [content]


def _allow_files(number: int) -> None:
    """Raise the limit on open files, which is 256 on some systems; on Windows, no program can raise it."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        number = min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
