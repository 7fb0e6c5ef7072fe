"""A process and all that it has started: their memory, for which the system itself has no limit, and their end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import BinaryIO, Protocol

import psutil

WATCH_SECONDS = 0.2
END_SECONDS = 10


class Process(Protocol):
    """What is needed of a process: of ``subprocess.Popen``, or of one that is no child of this process."""

    pid: int
    stdin: BinaryIO
    stdout: BinaryIO

    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> None: ...


def end_family(process: Process) -> None:
    """End ``process``, its descendants, and what is left of its session; return when they are gone.

    The first process of a namespace takes all others in it along, and is gone only when they are.
    """
    members = _descendants(process.pid)
    _kill(members)
    psutil.wait_procs(members, timeout=END_SECONDS)
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def end_if_large(process: subprocess.Popen, most: int) -> None:
    """End ``process`` as soon as it and its descendants hold more than ``most`` bytes; returns when it has ended."""
    while process.poll() is None:
        members = _descendants(process.pid)
        if sum(map(_bytes, members)) > most:
            _kill(members)
        time.sleep(WATCH_SECONDS)


def _descendants(number: int) -> list[psutil.Process]:
    try:
        return psutil.Process(number).children(recursive=True)
    except psutil.Error:  # it has ended
        return []


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def _bytes(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0
