"""The production server as a process of its own, for the tests that need it as it runs for others."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import psutil

from workbook.servers.process import answers, free_port

WORKERS = 2
START_SECONDS = 300  # of a machine that has much else to do; who ends is told of at once
POLL_SECONDS = 0.02
STOP_SECONDS = 60


class Production:
    """``workbook serve`` with two workers, ready when this returns. What it prints goes to ``log``."""

    def __init__(self, models: Path, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        command = [sys.executable, "-m", "workbook", "serve", "--port", str(self.port), "--workers", str(WORKERS)]
        with log.open("wb") as file:
            self.process = subprocess.Popen([*command, "--models", str(models)], stdout=file, stderr=file)
        try:
            self.wait()
        except BaseException:
            end(self.process)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """A test that fails leaves nothing running."""
        end(self.process)

    def wait(self) -> None:
        wait_until(lambda: self.process.poll() is not None or answers(f"{self.url}/readyz"), START_SECONDS)
        assert self.process.poll() is None, self.log.read_text()

    def workers(self) -> list[psutil.Process]:
        """The children that serve; Python's resource tracker is one, too, but it is not ours."""
        return [child for child in psutil.Process(self.process.pid).children() if serves(child)]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


def serves(child: psutil.Process) -> bool:
    """Whether it is a worker that has not ended."""
    try:
        command = " ".join(child.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False
    return bool(command) and "resource_tracker" not in command


def end(process: subprocess.Popen) -> None:
    """Kill a server with its workers, if it runs."""
    if process.poll() is None:
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for child in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        process.wait()


def wait_until(condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    """Ask until it is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(POLL_SECONDS)
