"""Between Granian and the application: a request is handed on once its body is there, whole.

An application that waits for a slow sender's body itself is stuck for as long as that takes, and a worker has one
thread: a handful of senders that stop half-way would silence the server. Here they wait side by side, and not for ever.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Callable
from functools import lru_cache

from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope

log = logging.getLogger(__name__)

TOO_SLOW = b'{"error":"the body of the request did not arrive in time; send it again, or a smaller one"}'
TOO_SHORT = b'{"error":"the body of the request ended before its Content-Length was reached"}'
REFUSAL_HEADERS = [("Content-Type", "application/json"), ("Connection", "close")]


class Gateway:
    """An RSGI application (Granian's own interface) that calls the WSGI application ``app``.

    A body has ``seconds`` to arrive. Of one larger than ``max_bytes`` no more is read than shows that it is: its
    ``CONTENT_LENGTH`` tells ``app``, which has to refuse it.
    """

    def __init__(self, app: Callable, max_bytes: int, seconds: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        environ = environ_of(scope)
        try:
            async with asyncio.timeout(self._seconds):
                body = await self._read(environ, protocol)
        except TimeoutError:
            log.warning("no whole body for %s %s within %g s", scope.method, scope.path, self._seconds)
            protocol.response_bytes(408, REFUSAL_HEADERS, TOO_SLOW)
            return
        except ProtocolClosed:  # who only stopped sending still gets to read why
            protocol.response_bytes(400, REFUSAL_HEADERS, TOO_SHORT)
            return
        environ["wsgi.input"] = io.BytesIO(body)
        _respond(self._app, environ, protocol)

    async def _read(self, environ: dict, protocol: HTTPProtocol) -> bytes:
        if "CONTENT_LENGTH" in environ:
            return await protocol() if int(environ["CONTENT_LENGTH"]) <= self._max_bytes else b""
        if not environ.pop("HTTP_TRANSFER_ENCODING", None):
            return b""
        body = bytearray()
        async for chunk in protocol:
            body += chunk
            if len(body) > self._max_bytes:
                break
        environ["CONTENT_LENGTH"] = str(len(body))
        return bytes(body)


def environ_of(scope: Scope) -> dict:
    """WSGI's environment (PEP 3333), without its input."""
    host, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _as_wsgi(scope.path),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = _environ_name(name)
        environ[key] = f"{environ[key]},{value}" if key in environ else _as_wsgi(value)
    return environ


def _as_wsgi(text: str) -> str:
    """WSGI has text as bytes, each of them a character."""
    return text if text.isascii() else text.encode().decode("latin-1")


@lru_cache(maxsize=256)
def _environ_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


def _respond(app: Callable, environ: dict, protocol: HTTPProtocol) -> None:
    started: list = []
    chunks = app(environ, lambda status, headers, _=None: started.append((int(status[:3]), headers)))
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = started[-1]
    protocol.response_bytes(status, headers, body)
