"""Runs beside the student's clients, and passes what they send to the checks, which play the server.

Each request goes there as it came, and only their answer goes back.
"""

from __future__ import annotations

import importlib.util
import queue
import sys
import threading
import types
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from server.clients import client
from server.quiet import import_tensorflow

# Asked once: the checks need not wait as a real client should.
client.RETRIES = client.RETRIES.new(total=0)


class PostponedTensorFlow(types.ModuleType):
    """TensorFlow's package, which is imported when something of it is used: messages alone do not need the rest."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        self.make_room()
        import_tensorflow()
        return getattr(sys.modules["tensorflow"], name)

    def make_room(self) -> None:
        """From now on, importing TensorFlow imports all of it."""
        if sys.modules.get("tensorflow") is self:
            del sys.modules["tensorflow"]


@contextmanager
def _postponed_tensorflow() -> Iterator[None]:
    """What is imported meanwhile waits for TensorFlow only when it uses it, which saves the checks some seconds."""
    if "tensorflow" in sys.modules:
        yield
        return
    package = PostponedTensorFlow("tensorflow")
    package.__path__ = list(importlib.util.find_spec("tensorflow").submodule_search_locations)
    sys.modules["tensorflow"] = package
    try:
        yield
    finally:
        package.make_room()


class Conversation:
    """Between a client, in a thread of its own, and the checks, which answer what it asks."""

    def __init__(self, serve: Callable, call: Callable) -> None:
        self._events: queue.Queue[tuple[str, object]] = queue.Queue()
        self._replies: queue.Queue[dict] = queue.Queue()
        threading.Thread(target=self._run, args=(serve, call), daemon=True).start()

    def event(self, seconds: float | None = None) -> dict:
        """The next request, the client's result, or that it is still waiting; raises what the client has raised."""
        try:
            kind, what = self._events.get(timeout=seconds)
        except queue.Empty:
            return {"waiting": True}
        if kind == "raised":
            raise what
        return {kind: what}

    def reply(self, answer: dict) -> None:
        self._replies.put(answer)

    def _run(self, serve: Callable, call: Callable) -> None:
        try:
            with serve(self._ask) as address:
                self._events.put(("result", call(address)))
        except BaseException as error:
            self._events.put(("raised", error))

    def _ask(self, request: dict) -> dict:
        self._events.put(("request", request))
        return self._replies.get()


TALKS: list[Conversation] = []


def rest(images: np.ndarray, model: str, version: int | str | None, timeout: float = 20.0) -> dict:
    """Have a ``RestClient`` classify ``images``; the first thing that comes of it."""
    from server.clients.rest_client import RestClient

    def call(address: str) -> list:
        with RestClient(address, model, version, timeout) as rest_client:
            return rest_client.classify(images)

    return _start(_http, call)


def grpc(images: np.ndarray | None, model: str, version: int | str | None, timeout: float = 20.0) -> dict:
    """Have a ``GrpcClient`` classify ``images``, or ask for ``info`` if there are none."""
    with _postponed_tensorflow():
        from server.clients import grpc_client

    settings = dict(grpc_client.OPTIONS)
    quicker = settings["grpc.service_config"].replace("0.2s", "0.01s")
    grpc_client.OPTIONS = list({**settings, "grpc.service_config": quicker}.items())

    def call(address: str) -> object:
        with grpc_client.GrpcClient(address, model, version, timeout) as calls, _watched(calls) as given:
            given.append(calls.info() if images is None else calls.classify(images))
        return given[-1]

    return _start(_grpc, call)


@contextmanager
def _watched(calls: object) -> Iterator[list]:
    """What ``_call`` returned. If a client fails because that is not a message, it goes to the checks as it is."""
    from google.protobuf.message import Message

    given, call = [], calls._call

    def watched(*arguments: object) -> object:
        given.append(call(*arguments))
        return given[-1]

    calls._call = watched
    try:
        yield given
    except Exception:
        if not given or isinstance(given[-1], Message):
            raise


def reply(answer: dict) -> dict:
    """Answer the request; what comes next."""
    TALKS[-1].reply(answer)
    return TALKS[-1].event()


def wait(seconds: float) -> dict:
    """Leave the request without an answer; what comes next."""
    return TALKS[-1].event(seconds)


def _start(serve: Callable, call: Callable) -> dict:
    TALKS.append(Conversation(serve, call))
    return TALKS[-1].event()


@contextmanager
def _http(ask: Callable[[dict], dict]) -> Iterator[str]:
    """An HTTP server on a free port; ``ask`` knows the answers, as status and text."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = ask({"method": self.command, "path": self.path, "body": body})
            data = answer["text"].encode()
            self.send_response(answer["status"])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PUT = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.socket.close()


@contextmanager
def _grpc(ask: Callable[[dict], dict]) -> Iterator[str]:
    """A gRPC server on a free port; ``ask`` knows the answers, as a message or as a status and details."""
    import grpc

    class Handler(grpc.GenericRpcHandler):
        def service(self, details: grpc.HandlerCallDetails):
            def answered(message: bytes, context: grpc.ServicerContext) -> bytes:
                answer = ask({"method": details.method, "message": message, "seconds": context.time_remaining()})
                if "status" in answer:
                    context.abort(grpc.StatusCode[answer["status"]], answer["details"])
                return answer["message"]

            return grpc.unary_unary_rpc_method_handler(answered)

    server = grpc.server(futures.ThreadPoolExecutor(8), handlers=[Handler()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)
