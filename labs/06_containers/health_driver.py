"""Runs the command of a HEALTHCHECK beside a healthy server, an unhealthy one, and none at all."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from image_driver import image
from install_driver import PYTHON

PORT = "8000"
SECONDS = 3  # for the command
LOOK_SECONDS = 0.1
POLL_SECONDS = 0.01


def probe(task: int, status: int) -> dict:
    """How a command ends that asks a server with this status (0: nobody listens), and which paths it asked for."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            """Nothing to print."""

    test = image(task)["health"]["test"]
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        port = server.server_port
        if status:
            threading.Thread(target=server.serve_forever, args=[POLL_SECONDS], daemon=True).start()
            ended = _run(test, port)
            server.shutdown()
    return {"exit": ended if status else _run(test, port), "asked": asked}


def _run(test: str | list[str], port: int) -> int:
    """The exit status of a command that is Python; 127, as in a shell, for one that is not here."""
    words = test if isinstance(test, list) else shlex.split(test.partition("||")[0])
    if words[:2] in (["sh", "-c"], ["/bin/sh", "-c"]):
        return _run(words[2], port)
    if not PYTHON.match(words[0]):
        return 127
    # The grader's sandbox has no list of names, so not even `localhost` is known there.
    words = [word.replace(PORT, str(port)).replace("localhost", "127.0.0.1") for word in words]
    nothing = subprocess.DEVNULL
    environment = {**os.environ, "no_proxy": "*"}
    with subprocess.Popen(
        [sys.executable, *words[1:]], env=environment, stdin=nothing, stdout=nothing, stderr=nothing
    ) as started:
        return _ended(started)


def _ended(process: subprocess.Popen) -> int:
    """Its exit status; 124 if it takes longer than it may. Time spent waiting for a processor does not count."""
    started = time.monotonic()
    while time.monotonic() - started - _starved(process.pid) < SECONDS:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(LOOK_SECONDS)
    process.kill()
    return 124


def _starved(number: int) -> float:
    """Seconds that a process has waited for a processor, where the system says so."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{number}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    return 0.0
