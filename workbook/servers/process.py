"""A server as a real process: started on a free port, waited for, and stopped by its starter."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Self

STARTUP_SECONDS = 180  # of a machine that has much else to do; of one that ends is told at once
POLL_SECONDS = 0.02
STOP_SECONDS = 20  # more than the 10 that a server gives its workers: if it is killed before, they are left
# What TensorFlow prints at each start about drivers and rounding: not a fault, although it reads like one.
CHATTER = re.compile(r"WARNING: All log messages|[IW]\d{4} \d|\d{4}-\d\d-\d\d .*: [IW] |To enable the following instr")


class DidNotStart(RuntimeError):
    """The process ended, or did not answer in time.

    The message ends with what it printed, except for TensorFlow's greeting.
    """


def free_port() -> int:
    """A port of the loopback interface that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A command that runs beside the notebook; it is stopped with the notebook at the latest, on Linux also if that is
    killed.

    ``environment`` is added to this process's own. What the process prints is added to the file ``log``, if it is to
    be kept.
    """

    def __init__(self, command: list[str], environment: dict[str, str], log: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="workbook-server-")
        self._log = log or Path(self._folder.name) / "log.txt"
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [*_with_its_starter(), *command],
                env={**os.environ, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        atexit.register(self.stop)

    def __enter__(self) -> Self:
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

    def _told(self) -> str:
        lines = [line for line in self.log().splitlines() if not CHATTER.match(line)]
        return "\n".join(lines) or "nothing"

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

    def wait_until(self, ready: Callable[[], bool], what: str) -> None:
        """Ask ``ready`` until it says yes, instead of sleeping and hoping. Stops the process and raises
        ``DidNotStart``."""
        deadline = time.monotonic() + STARTUP_SECONDS
        try:
            while not ready():
                if not self.running:
                    raise DidNotStart(f"the server ended at once; it printed:\n{self._told()}")
                if time.monotonic() > deadline:
                    raise DidNotStart(
                        f"no {what} within {STARTUP_SECONDS} s: something in it does not end, or the machine is busy; "
                        f"in that case, run this cell again when it is not. It printed:\n{self._told()}"
                    )
                time.sleep(POLL_SECONDS)
        except BaseException:
            self.stop()
            raise


def _with_its_starter() -> list[str]:
    """What a command begins with, so that it gets SIGTERM when its starter has been killed, say for memory.

    The kernel looks at the thread that has started it; only the main one lasts as long as the process.
    """
    return _told_of_its_end() if threading.current_thread() is threading.main_thread() else []


@cache
def _told_of_its_end() -> list[str]:
    """The same for a starter that lasts; nothing where there is no such tool. BusyBox has one that knows less."""
    tool = shutil.which("setpriv")
    told = [tool, "--pdeathsig", "TERM"] if tool else []
    known = tool and subprocess.run([*told, "true"], check=False, capture_output=True).returncode == 0
    return told if known else []


class Server(Process):
    """A Python script that serves HTTP on 127.0.0.1, at the port in its environment variable ``PORT``.

    ``ready`` is the route that is called until it answers 200. ``python`` is the interpreter that runs the script,
    ``environment`` what it gets in addition to ours. Raises ``DidNotStart``. Use it in a ``with`` statement, or call
    ``stop`` yourself.

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
        started = time.monotonic()
        super().__init__([python, *script], {**(environment or {}), "PORT": str(port)})
        self.wait_until(lambda: answers(self.url + ready), f"answer at {ready}")
        self.seconds_to_ready = time.monotonic() - started


def answers(url: str) -> bool:
    """Whether a GET of ``url`` is answered with a status below 400."""
    import requests  # here, not above: it would double the memory of a command that calls nothing

    try:
        with requests.Session() as session:
            session.trust_env = False  # the server is on this machine, with no proxy in front
            return session.get(url, timeout=STARTUP_SECONDS).ok
    except requests.RequestException:
        return False
