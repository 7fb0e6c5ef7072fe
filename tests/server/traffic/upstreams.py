"""Servers behind the front that do what a test tells them, and remember what they were asked."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Behavior:
    """How a server answers from now on. ``silent``: it takes the request and says nothing until the test ends."""

    status: int = 200
    labels: tuple[str, ...] = ("Coat",)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    raw: bytes | None = None  # sent as it is, in place of an answer
    closes: bool = True  # after what is raw
    seconds: float = 0.0
    silent: bool = False

    def content(self) -> bytes:
        if self.body is not None:
            return self.body
        return json.dumps({"result": [[1.0]] * len(self.labels), "labels": self.labels}).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        upstream: Upstream = self.server.upstream
        behavior = upstream.behavior
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream.connections.add(self.client_address)
        upstream.asked.append((self.command, self.path, dict(self.headers), body))
        if behavior.silent or behavior.seconds:
            upstream.ended.wait(60 if behavior.silent else behavior.seconds)
        self.wfile.write(behavior.raw if behavior.raw is not None else _answer(behavior, self.command))
        self.close_connection = behavior.raw is not None and behavior.closes

    do_GET = do_HEAD = do_DELETE = do_POST

    def log_message(self, *_: object) -> None:
        pass


class Upstream:
    """A server on a free port of loopback, in threads of the test's own process."""

    def __init__(self) -> None:
        self.behavior = Behavior()
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.connections: set[tuple[str, int]] = set()
        self.ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.upstream = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()


def _answer(behavior: Behavior, method: str) -> bytes:
    content = behavior.content()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), **behavior.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    # In one piece: of two, the second would wait for the first one's acknowledgment.
    return f"HTTP/1.1 {behavior.status} As asked\r\n{head}\r\n".encode() + (b"" if method == "HEAD" else content)
