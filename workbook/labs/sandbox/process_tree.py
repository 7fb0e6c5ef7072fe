"""A process and all that it has started: their memory, if the system itself enforces no limit, and their end."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

import psutil

WATCH_SECONDS = 0.2
END_SECONDS = 10
# What a process holds, by the names in its status: in memory, swapped, in large pages, and the page tables.
HELD = ("VmRSS:", "VmSwap:", "HugetlbPages:", "VmPTE:")
BUFFERS = ("wmem_default", "rmem_default", "optmem_max")  # of one socket, each in bytes


class Process(Protocol):
    """What is needed of a process: a ``subprocess.Popen``, or one that is not a child of this process."""

    pid: int
    stdin: BinaryIO
    stdout: BinaryIO

    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> None: ...


def end_descendants() -> None:
    """End all that this process has started; return when they are gone."""
    members = _descendants(os.getpid())
    _kill(members)
    psutil.wait_procs(members, timeout=END_SECONDS)


def end_family(process: Process) -> None:
    """End ``process``, its descendants, and what is left of its session; return when they are gone.

    The first process of a namespace takes all others in it down with it, and is gone only when they are.
    """
    members = _descendants(process.pid)
    _kill(members)
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()  # only then does the process above it release the others
    psutil.wait_procs(members, timeout=END_SECONDS)


def end_if_large(process: subprocess.Popen, most: int) -> None:
    """End ``process`` as soon as it and its descendants hold more than ``most`` bytes; returns when it has ended.

    A socket counts with everything that the kernel may keep for it, because that is not counted for any process.
    """
    while process.poll() is None:
        members = _descendants(process.pid)
        if sum(map(_held, members)) + _sockets(members) * _socket_bytes() > most:
            # Not the first of them, which has to report that they were killed, and ends what is left.
            _kill([one for one in members if _parent(one) != process.pid])
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


def _parent(process: psutil.Process) -> int | None:
    with suppress(psutil.Error):
        return process.ppid()
    return None


def _held(process: psutil.Process) -> int:
    """In bytes. Only on Linux: this is for processes in its namespaces."""
    with suppress(OSError):  # it has ended
        lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(HELD)) * 1024
    return 0


def _sockets(members: list[psutil.Process]) -> int:
    """How many there are in the private network of ``members``, including those being passed to another process."""
    for member in members:
        with suppress(OSError, IndexError, ValueError):
            return int(Path(f"/proc/{member.pid}/net/sockstat").read_text(encoding="ascii").split()[2])
    return 0


@functools.cache
def _socket_bytes() -> int:
    places = (Path("/proc/sys/net/core", name) for name in BUFFERS)
    return sum(int(place.read_text(encoding="ascii")) for place in places)
