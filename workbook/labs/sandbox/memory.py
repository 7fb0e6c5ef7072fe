"""What keeps a student's process within its lab's memory: the kernel, by a control group, or regular checks."""

from __future__ import annotations

import threading
from typing import Protocol

from workbook.labs.authoring.manifest import Limits
from workbook.labs.sandbox import cgroup
from workbook.labs.sandbox.process_tree import Process, end_if_large

MEGABYTE = 1024 * 1024
OWN_PROCESSES = 16  # that come and go while the sandbox is built
BY_KERNEL = "kept within its limit by the kernel, in a control group for each"
BY_LOOKING = "checked five times a second, because no control group can be made here"


class Bound(Protocol):
    """The limit of one process and all that it starts."""

    def joined(self, command: list[str]) -> list[str]: ...
    def keep(self, process: Process) -> None: ...
    def release(self) -> None: ...


class Watched:
    """The fallback: ``most`` bytes, as far as they can be seen from outside."""

    def __init__(self, most: int) -> None:
        self._most = most

    def joined(self, command: list[str]) -> list[str]:
        return command

    def keep(self, process: Process) -> None:
        threading.Thread(target=end_if_large, args=(process, self._most), daemon=True).start()

    def release(self) -> None:
        """The thread ends with the process."""


def bound(limits: Limits, disk: int) -> Bound:
    """The best limit available here. ``disk`` megabytes of files in memory come on top, with their own limit."""
    if cgroup.available():
        return cgroup.Group((limits.megabytes + disk) * MEGABYTE, limits.processes + OWN_PROCESSES)
    return Watched(limits.megabytes * MEGABYTE)


def kept() -> str:
    """Which of the two it is, as the end of a sentence."""
    return BY_KERNEL if cgroup.available() else BY_LOOKING
