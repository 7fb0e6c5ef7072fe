"""Runs above a student's process: reports how it ended, and ends all that it started when nobody is waiting any more.

The process that starts it holds one end of a pipe, the lifeline, and it holds the other. However either ends, the
system closes its end. As the first process of a namespace it takes all others down with it; elsewhere on Linux, orphans
become its children, to be ended, too. It imports nothing that takes time, and nothing of the course.

As a script, its arguments are the lifeline's descriptor and the command.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36
SIGNALED = 128  # added to a signal's number, as a shell does
END_SECONDS = 10  # until it gives up on processes that multiply faster than they can be ended


def supervise(command: list[str], lifeline: int, seconds: float | None = None) -> NoReturn:
    """Run ``command`` and end as it does, after ``seconds``, or when nobody holds the other end of ``lifeline``."""
    adopt_orphans()
    _prctl(PR_SET_DUMPABLE, 0)  # nobody may inspect or change this process
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for told in (signal.SIGCHLD, signal.SIGALRM):  # by a byte in the pipe
        signal.signal(told, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for those who hold the lifeline
    child = os.fork()
    if child == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if lifeline:  # in a container it is the standard input
            os.close(lifeline)
        os.setsid()
        os.execvp(command[0], command)
    os.close(1)  # the answers end with those who give them
    waiting = select.poll()
    waiting.register(woken, select.POLLIN)
    waiting.register(lifeline, 0)  # its end is always reported
    status = None
    signal.setitimer(signal.ITIMER_REAL, seconds or 0)
    while status is None and lifeline not in dict(waiting.poll()) and signal.SIGALRM not in os.read(woken, 64):
        status = _reaped(child)
    with suppress(OSError):  # if orphans do not become children of this process, they may still be in that group
        os.killpg(child, signal.SIGKILL)
    end_children()
    os._exit(1 if status is None else status)


def adopt_orphans() -> None:
    """On Linux, what a descendant leaves behind becomes this process's child."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_children() -> None:
    """End the children, then those that thereby become children, and so on. The first process of a namespace need
    not."""
    last = time.monotonic() + END_SECONDS
    while os.getpid() != 1 and (children := _children()) and time.monotonic() < last:
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        for child in children:
            with suppress(ChildProcessError):
                os.waitpid(child, 0)


def _children() -> list[int]:
    """By looking at every process: not every kernel lists children. None if there is no /proc, as on macOS."""
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _parent(path) == os.getpid()]


def _parent(path: Path) -> int | None:
    with suppress(OSError):  # it has ended
        return int(path.read_bytes().rpartition(b")")[2].split()[1])
    return None


def _prctl(what: int, value: int) -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(what, value, 0, 0, 0)


def _reaped(child: int) -> int | None:
    """Reap the children that have ended; returns the exit status of ``child`` if it is among them."""
    status = None
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == child:
                code = os.waitstatus_to_exitcode(ended[1])
                status = code if code >= 0 else SIGNALED - code
    return status


if __name__ == "__main__":
    supervise(sys.argv[2:], int(sys.argv[1]))
