"""A server as a real process: started on a free port, waited for, and stopped by whoever started it."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import requests

STARTUP_SECONDS = 60
POLL_SECONDS = 0.02
STOP_SECONDS = 10


class DidNotStart(RuntimeError):
    """The process ended, or did not answer in time. The message ends with what it printed."""


def free_port() -> int:
    """A port of the loopback interface that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A Python script that serves HTTP on 127.0.0.1, at the port in its environment variable ``PORT``.

    In its arguments, ``{port}`` stands for the same.

    ``ready`` is the route that is asked until it answers 200; no sleeping and hoping. ``python`` is the interpreter
    that runs the script, ``environment`` what it gets besides ours. Raises ``DidNotStart``.
    Use it in a ``with`` statement, or call ``stop`` yourself; at the latest it is stopped with the notebook.

    ``seconds_to_ready`` is the time from the start of the process to that 200.
    """

    def __init__(
        self,
        *script: str,
        ready: str = "/healthz",
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._folder = tempfile.TemporaryDirectory(prefix="workbook-server-")
        self._log = Path(self._folder.name) / "log.txt"
        started = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [python, *(part.replace("{port}", str(port)) for part in script)],
                env={**os.environ, **(environment or {}), "PORT": str(port)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        atexit.register(self.stop)
        try:
            self._wait_for(ready)
        except BaseException:
            self.stop()
            raise
        self.seconds_to_ready = time.monotonic() - started

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def log(self) -> str:
        """What the process has printed so far, errors included."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """Ask the process to end, and end it if it does not. Safe to repeat."""
        atexit.unregister(self.stop)
        if self.running:
            self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_for(self, route: str) -> None:
        deadline = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                raise DidNotStart(f"the server ended at once; it printed:\n{self.log()}")
            if _answers(self.url + route):
                return
            time.sleep(POLL_SECONDS)
        raise DidNotStart(f"no answer at {route} within {STARTUP_SECONDS} s; it printed:\n{self.log()}")


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=STARTUP_SECONDS).ok
    except requests.RequestException:
        return False
