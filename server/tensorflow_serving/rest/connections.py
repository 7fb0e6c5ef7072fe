"""Connections to the HTTP server: how many there may be, how long one may dawdle, and a thread for those that speak.

cheroot gives each connection a thread from the moment it is made, and has few threads: a handful of clients that say
nothing, or half of what they have to say, would keep everybody else waiting. Here a connection costs a thread from its
first byte to the last byte of the answer, and there are as many threads as connections. How many requests are worked on
at once is a separate matter, which ``http_server`` handles.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from cheroot.makefile import MakeFile
from cheroot.server import HTTPConnection, HTTPRequest, HTTPServer

log = logging.getLogger(__name__)
# If there are more, the one that has waited longest is closed.
CONNECTIONS = 1000
# How long a client may pause in the middle of a request or an answer.
PAUSE_SECONDS = 20


class _Request(HTTPRequest):
    def read_request_line(self) -> bool:
        try:
            return super().read_request_line()
        except ValueError:
            # cheroot would answer a path such as ``//[`` with a 500.
            self.simple_response("400 Bad Request", "Malformed Request-URI")
            return False


class Connection(HTTPConnection):
    """A connection that knows how long it has waited for its client, and can be closed by another thread."""

    RequestHandlerClass = _Request

    def __init__(self, server: HTTPServer, sock: object, makefile: object = MakeFile) -> None:
        super().__init__(server, sock, makefile)
        sock.settimeout(PAUSE_SECONDS)
        self.is_waiting = True
        self.since = time.monotonic()
        server.requests.admit(self)

    def communicate(self) -> bool:
        self.since = time.monotonic()
        try:
            return super().communicate()
        finally:
            self.is_waiting, self.since = True, time.monotonic()

    def hang_up(self) -> None:
        """End the connection; the thread that reads from it, now or next, finds that nothing more comes."""
        self.is_waiting = False
        self._close_kernel_socket()

    def close(self) -> None:
        self.server.requests.forget(self)
        super().close()


class Threads:
    """All connections, and a thread for each that has something to say. Replaces cheroot's ``ThreadPool``."""

    min = 1  # part of cheroot's interface

    def __init__(self, server: HTTPServer) -> None:
        self._server = server
        self._executor = ThreadPoolExecutor(CONNECTIONS, "rest")
        self._open: set[Connection] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Threads are started as they are needed."""

    def admit(self, connection: Connection) -> None:
        """Count a new connection, and if there are too many, close the one that has waited longest."""
        with self._lock:
            self._open.add(connection)
            waiting = [other for other in self._open if other.is_waiting and other is not connection]
            if len(self._open) > CONNECTIONS and waiting:
                min(waiting, key=lambda other: other.since).hang_up()

    def forget(self, connection: Connection) -> None:
        with self._lock:
            self._open.discard(connection)

    def put(self, connection: Connection) -> None:
        """Answer the connection's next request in a thread of its own."""
        self._executor.submit(self._serve, connection)

    def stop(self, timeout: float) -> None:
        """Close what waits for its client, and wait for the answers in progress."""
        with self._lock:
            for connection in self._open:
                if connection.is_waiting:
                    connection.hang_up()
        self._executor.shutdown(wait=True)

    def _serve(self, connection: Connection) -> None:
        keep = False
        try:
            keep = connection.communicate()
        except Exception:
            log.exception("Answering %s", connection.remote_addr)
        finally:
            if keep and self._server.ready:
                self._server.put_conn(connection)
            else:
                connection.close()
