"""Students' processes that need not import a lab's libraries: they are forked from a process that has, ``zygote``.

TensorFlow alone takes a few seconds to import, several times what the checks take. So the first check of a lab leaves
behind a process with the libraries that ``lab.toml`` names under ``preload``, and the next ones get their student's
process from it. It outlives the command, because ``workbook check`` is a process of its own each time; JupyterLab and
the tests find the same one. Only libraries are in it, never a student's file or the course's.

It serves a student's own checks, at ``Level.OPEN``. The closed levels start each process afresh; the same happens when
anything goes wrong here, and on macOS and Windows: one has libraries that do not survive a fork, the other has no fork.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from workbook.labs.sandbox.surroundings import environment

ZYGOTE = Path(__file__).with_name("zygote.py")
READY_SECONDS = 120  # until a fresh process is tried; a machine under load takes a minute for TensorFlow
LOOK_SECONDS = 0.02


class Forked:
    """A student's process that the zygote has forked, with what is needed of a ``subprocess.Popen``."""

    def __init__(self, connection: socket.socket, request: dict, log: BinaryIO) -> None:
        """Raises ``OSError`` or ``ValueError`` if there is no process at the other end."""
        self._connection = connection
        self._status: int | None = None
        self.args = request["command"]
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        self.stdin, self.stdout = os.fdopen(ours_in, "wb"), os.fdopen(ours_out, "rb")
        try:
            socket.send_fds(connection, [json.dumps(request).encode()], [theirs_in, theirs_out, log.fileno()])
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self.pid = self._told()

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, as in ``Popen``. Without a timeout, its number is free afterward."""
        if self._status is None:
            self._connection.settimeout(timeout)
            try:
                self._status = self._told()
            except TimeoutError as error:
                raise subprocess.TimeoutExpired(self.args, timeout) from error
            except (OSError, ValueError):  # the process between is gone, and this one with it
                self._status = -signal.SIGKILL
        if timeout is None:
            self._connection.close()
        return self._status

    def kill(self) -> None:
        if self._status is None:  # until it is told, nobody else can have its number
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _told(self) -> int:
        """The number in the next line."""
        line = b""
        while not line.endswith(b"\n"):
            byte = self._connection.recv(1)
            line += byte or b"gone\n"
        return int(line)


def start(
    modules: Iterable[str], command: list[str], folder: Path, own: Mapping[str, str], log: BinaryIO
) -> Forked | None:
    """The script ``command[0]`` with its arguments in ``folder``, in a process that has imported ``modules``.

    ``own`` is its environment, ``log`` takes what it prints. None if no such process is available.
    """
    if not modules or not _possible():
        return None
    connection = socket.socket(socket.AF_UNIX)
    try:
        place = _place(modules)
        if not place.exists():
            prepare(modules)
            _wait_until_free(_lock_of(place))
        connection.settimeout(READY_SECONDS)
        try:
            connection.connect(str(place))
        except ConnectionRefusedError:  # it was killed; the next check finds a new one
            place.unlink(missing_ok=True)
            raise
        request = {"command": command, "folder": str(folder), "environment": dict(own)}
        return Forked(connection, request, log)
    except (OSError, ValueError):
        connection.close()
        return None


def prepare(modules: Iterable[str]) -> None:
    """Start the process that imports ``modules``, unless it is there or being started; do not wait for it."""
    if not modules or not _possible():
        return
    import fcntl  # Windows does not have it

    with suppress(OSError):
        place = _place(modules)
        if place.exists():
            return
        with _lock_of(place).open("wb") as lock:  # held by the started process, until it is ready or has ended
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            home = environment(str(place.parent))
            subprocess.Popen(
                [sys.executable, str(ZYGOTE), str(place), str(lock.fileno()), *modules],
                cwd="/",
                env={name: value for name, value in home.items() if name not in ("TMPDIR", "TEMP")},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[lock.fileno()],
                start_new_session=True,
            )


def _possible() -> bool:
    return sys.platform.startswith("linux") and hasattr(os, "fork")


def _place(modules: Iterable[str]) -> Path:
    """The path of the socket: a different one for other libraries, another Python, or packages that have changed since.

    It is in a folder that only the user can read. Raises ``OSError`` if somebody else has made it.
    """
    base = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    folder = (base if base.is_absolute() and base.is_dir() else Path("/tmp")) / f"workbook-{os.geteuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} is not this user's alone")
    packages = Path(sysconfig.get_path("purelib")).stat().st_mtime_ns
    what = [sys.prefix, sys.version, packages, ZYGOTE.stat().st_mtime_ns, os.environ.get("LANG"), *modules]
    return folder / hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def _lock_of(place: Path) -> Path:
    return place.with_suffix(".lock")


def _wait_until_free(path: Path) -> None:
    """Raises ``OSError`` if it is still held after ``READY_SECONDS``."""
    import fcntl

    last = time.monotonic() + READY_SECONDS
    with path.open("wb") as lock:
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > last:
                    raise
                time.sleep(LOOK_SECONDS)
