"""A student's process on this machine: what the checks need from it, however it was started.

``workbook.labs.sandbox.container.Contained`` is the same for a process in a container.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from workbook.labs.sandbox.memory import Bound
from workbook.labs.sandbox.process_tree import END_SECONDS, Process, end_family


class Lifeline:
    """A pipe to which nothing is written. Its other end, ``theirs``, notices when this one is closed, which the system
    does if this process is killed."""

    def __init__(self) -> None:
        self.theirs, self._ours = os.pipe()

    def handed_over(self) -> None:
        """The other process has its end now."""
        os.close(self.theirs)

    def cut(self) -> None:
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1


class Local:
    """A ``process`` with pipes to and from it; ``answers`` is what it writes to its standard output.

    When ``lifeline`` is cut, ``supervisor`` ends it with all that it has started. ``bound`` is what limits its memory;
    None for no limit.
    """

    def __init__(self, process: Process, lifeline: Lifeline | None = None, bound: Bound | None = None) -> None:
        self._process = process
        self._lifeline = lifeline
        self._bound = bound
        self.answers: BinaryIO = process.stdout
        if bound:
            bound.keep(process)

    def send(self, line: bytes) -> None:
        """Raises ``OSError`` if the process is gone."""
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def status(self) -> int | None:
        """The exit status of a process that has just ended; None if it does not end."""
        try:
            return self._process.wait(1)
        except subprocess.TimeoutExpired:
            return None

    def starved(self) -> float:
        """The most seconds that one of its family has waited for a processor, if the system reports it.

        The student's code is a grandchild if it runs in namespaces.
        """
        return max(map(_starved, _family(self._process.pid)))

    def used(self) -> float:
        """Seconds of processor time that its family has taken, if the system reports it."""
        return sum(map(_used, _family(self._process.pid)))

    def end(self) -> None:
        """End it and all that it has started; return when they are gone."""
        if self._lifeline:
            self._lifeline.cut()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(END_SECONDS)
        end_family(self._process)
        if self._bound:
            self._bound.release()


def _family(number: int) -> Iterator[int]:
    """A process and all that it has started, by the kernel's lists: looking at every process costs more."""
    yield number
    for thread in _threads(number):
        for child in _read(f"/proc/{number}/task/{thread}/children").split():
            yield from _family(int(child))


def _used(number: int) -> float:
    """Including that of children that have ended."""
    with suppress(ValueError, IndexError):
        fields = _read(f"/proc/{number}/stat").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _starved(number: int) -> float:
    with suppress(ValueError, IndexError):
        waits = [_read(f"/proc/{number}/task/{thread}/schedstat").split()[1] for thread in _threads(number)]
        return sum(map(int, waits)) / 1e9
    return 0.0


def _threads(number: int) -> list[str]:
    with suppress(OSError):
        return os.listdir(f"/proc/{number}/task")
    return []


def _read(path: str) -> str:
    """The content of a file of the kernel's; empty if there is none. Two of them are read for each call of the
    student's, and ``pathlib`` would take several times as long."""
    with suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
    return ""


def fresh(
    command: list[str], folder: Path, environment: Mapping[str, str], log: BinaryIO, lifeline: Lifeline | None = None
) -> subprocess.Popen:
    """``command`` in ``folder``, in a session of its own; what it prints to standard error goes to ``log``."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
        pass_fds=[lifeline.theirs] if lifeline else [],
    )
    if lifeline:
        lifeline.handed_over()
    return process
