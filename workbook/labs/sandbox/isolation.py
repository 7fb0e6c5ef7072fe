"""How far a student's process is isolated from the rest of the machine: the three levels, which of them this machine
has, and how to start a process at one.

``OPEN`` is for a student's own machine. Grading takes ``NAMESPACES`` if Linux allows them, or a ``CONTAINER`` if a
Docker engine answers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

from workbook.errors import UserError
from workbook.labs.authoring.manifest import Lab
from workbook.labs.sandbox import memory, namespaces, warm
from workbook.labs.sandbox.contents import INSIDE, LAB_FOLDER, runner_command
from workbook.labs.sandbox.local import Lifeline, Local, fresh
from workbook.labs.sandbox.surroundings import environment

HOME = "home"


class Level(StrEnum):
    """How a student's process is isolated. ``means`` says it as the end of a sentence."""

    NAMESPACES = "namespaces"
    CONTAINER = "container"
    OPEN = "open"

    @property
    def means(self) -> str:
        return MEANS[self]


MEANS = {
    Level.NAMESPACES: "namespaces of its own: no network, only a file system and processes of its own, and limits",
    Level.CONTAINER: "a container of its own: no network, nothing of this machine's files and processes, and limits",
    Level.OPEN: "a process with limits only: network, files and other processes are within its reach",
}


OPEN_MEMORY = "limited for each of its processes, but not for all together"


class Running(Protocol):
    """A student's process: lines go to it through ``send``, and come back through ``answers``."""

    answers: BinaryIO

    def send(self, line: bytes) -> None: ...
    def starved(self) -> float: ...
    def used(self) -> float: ...
    def status(self) -> int | None: ...
    def end(self) -> None: ...


def choose(open_allowed: bool) -> Level:
    """The level to grade at: the first that this machine has. Raises ``UserError`` if it has none, unless
    ``open_allowed``."""
    from workbook.labs.sandbox import container  # here: a student's own check needs no engine

    if namespaces.available():
        return Level.NAMESPACES
    if container.available():
        return Level.CONTAINER
    if open_allowed:
        return Level.OPEN
    raise UserError(
        "this machine cannot isolate submissions: that takes Linux with namespaces allowed, or a Docker "
        "engine that answers; start Docker or grade on such a machine or, if you trust these students with this one, "
        "add --open"
    )


def kept_memory(level: Level) -> str:
    """What limits their memory at ``level``, as the end of a sentence."""
    if level is Level.NAMESPACES:
        return memory.kept()
    return "kept within its limit by the kernel, through the engine" if level is Level.CONTAINER else OPEN_MEMORY


def prepare(level: Level, lab: Lab, say: Callable[[str], None]) -> None:
    """Make what has to be there before processes are started at ``level``: a container's image. Raises
    ``UserError``."""
    if level is Level.CONTAINER:
        from workbook.labs.sandbox.container import build_image, image_of

        say(f"Building the image {image_of(lab)}: minutes the first time, a moment after that.")
        build_image(lab)


def start(level: Level, lab: Lab, folder: Path, log: BinaryIO) -> Running:
    """Start the runner in the sandbox ``folder``. What it prints goes to ``log``."""
    if level is Level.CONTAINER:
        from workbook.labs.sandbox.container import Contained

        return Contained(lab, folder, log)
    if level is Level.NAMESPACES:
        return _in_namespaces(lab, folder, log)
    inside = folder / LAB_FOLDER
    (folder / HOME).mkdir(exist_ok=True)
    runner, own = runner_command(folder, lab, processes=0), environment(str(folder / HOME))
    if forked := warm.start(lab.preload, runner, inside, own, log):
        return Local(forked)
    if os.name != "posix":
        return Local(fresh([sys.executable, *runner], inside, own, log))
    lifeline = Lifeline()
    supervised = [sys.executable, "-I", "-S", str(INSIDE / "supervisor.py"), str(lifeline.theirs), sys.executable]
    return Local(fresh([*supervised, *runner], inside, own, log, lifeline), lifeline)


def _in_namespaces(lab: Lab, folder: Path, log: BinaryIO) -> Local:
    lifeline, bound = Lifeline(), memory.bound(lab.limits, namespaces.DISK_MEGABYTES)
    command = bound.joined(namespaces.command(lab, folder, lifeline.theirs))
    return Local(fresh(command, folder, environment(f"/{HOME}"), log, lifeline), lifeline, bound)
