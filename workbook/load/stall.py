"""A server that stands still once: ``python -m workbook.load.stall``, at the port in ``PORT``.

It answers each POST in some milliseconds. From the 150th on it answers nobody for a second, and then goes on as if
nothing had been: so does a server that collects its garbage, loads a model under a lock, or waits for a full disk.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterable

ANSWER_SECONDS = 0.004
STALLS_AT = 150
STALL_SECONDS = 1.0
THREADS = 32


def stalling() -> Callable[[dict, Callable], Iterable[bytes]]:
    """The WSGI application, which has not stood still yet."""
    numbers, never, moving = itertools.count(1), threading.Event(), threading.Event()
    moving.set()

    def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            if next(numbers) == STALLS_AT:
                moving.clear()
                never.wait(STALL_SECONDS)
                moving.set()
            moving.wait()
            never.wait(ANSWER_SECONDS)
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]

    return application


def main() -> None:
    from cheroot.wsgi import Server

    server = Server(("127.0.0.1", int(os.environ["PORT"])), stalling(), numthreads=THREADS)
    try:
        server.safe_start()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
