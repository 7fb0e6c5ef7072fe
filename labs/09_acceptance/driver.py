"""Runs beside the student's tests: a server on loopback that passes each request on to the checks, which play the
server. What is wrong with it, nobody in this process knows.
"""

from __future__ import annotations

import importlib
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import ProxyHandler, Request, build_opener

BODY_BYTES = 2 * 1024 * 1024


class Handler(BaseHTTPRequestHandler):
    """Hands a request over, and waits for what is to be answered."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: apart, the second would wait for the first to be confirmed

    def do_GET(self) -> None:
        self._pass_on(b"")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_BYTES:
            self.close_connection = True
            return self._send(413, "application/json", b'{"error": "that is too large for these checks"}')
        return self._pass_on(self.rfile.read(length))

    def _pass_on(self, body: bytes) -> None:
        answer = self.server.asked(self.command, self.path, self.headers.get("Content-Type", ""), body)
        if answer is None:
            self.close_connection = True
        else:
            self._send(*answer)

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Trial(ThreadingHTTPServer):
    """One call of one of the student's functions, with a server of its own.

    ``events`` has what the checks are told next: a request, or at the end what the function returned or raised.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, function: str, arguments: list) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.events: queue.Queue[dict] = queue.Queue()
        self._waiting: dict[int, queue.Queue] = {}
        self._count = 0
        self._lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        threading.Thread(target=self._call, args=(function, arguments), daemon=True).start()

    def handle_error(self, *_: object) -> None:
        """A client that does not wait for the answer is no fault of ours."""

    def asked(self, method: str, path: str, kind: str, body: bytes) -> tuple[int, str, bytes] | None:
        """What to answer, once the checks have said it; None if the call is over."""
        mine: queue.Queue = queue.Queue()
        with self._lock:
            self._count += 1
            number = self._count
            self._waiting[number] = mine
        self.events.put({"request": [number, method, path, kind, body]})
        return mine.get()

    def answer(self, number: int, answer: tuple[int, str, bytes] | None) -> None:
        with self._lock:
            waiting = self._waiting.pop(number, None)
        if waiting:
            waiting.put(answer)

    def close(self) -> None:
        for number in list(self._waiting):
            self.answer(number, None)
        self.shutdown()
        self.server_close()

    def _call(self, function: str, arguments: list) -> None:
        try:
            module, _, name = function.partition(":")
            called = getattr(importlib.import_module(module), name)
            self.events.put({"returned": called(f"http://127.0.0.1:{self.server_port}", *arguments)})
        except AssertionError as error:
            self.events.put({"rejected": str(error)})
        except BaseException as error:  # also SystemExit: it goes to who called the driver
            self.events.put({"raised": error})


trials: list[Trial] = []


def sixteen(url: str, body: bytes) -> float:
    """The seconds that 16 requests at once take here and now, with nothing of the student's in between."""
    request = Request(f"{url}/models/clothes/v2", body, {"Content-Type": "application/json"})
    opener = build_opener(ProxyHandler({}))
    started = time.perf_counter()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: opener.open(request, timeout=60).read(), range(16)))
    return time.perf_counter() - started


def begin(function: str, arguments: list) -> list[dict]:
    """Call ``"module:function"`` with the address of a server and ``arguments``; the first events.

    A trial that was given up is ended first.
    """
    while trials:
        trials.pop().close()
    trials.append(Trial(function, arguments))
    return _events(wait=True)


def go_on(answers: list, wait: bool) -> list[dict]:
    """Answer requests, pairs of number and answer; the next events. Unless it is to ``wait``, there may be none."""
    for number, answer in answers:
        trials[-1].answer(number, answer)
    return _events(wait)


def _events(wait: bool) -> list[dict]:
    """All that has happened; at the end of the trial raises what the student's function raised."""
    trial = trials[-1]
    found = []
    try:
        found.append(trial.events.get(wait))
        while True:
            found.append(trial.events.get_nowait())
    except queue.Empty:
        pass
    if found and "request" not in found[-1]:
        trials.pop().close()
        if "raised" in found[-1]:
            raise found[-1]["raised"]
    return found
