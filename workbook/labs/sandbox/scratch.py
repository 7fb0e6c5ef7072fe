"""Temporary folders that do not outlive the process that needs them: what a killed process leaves, the next one
removes.

Each folder has a lock, which the system removes with the last process that holds it. So nobody has to guess from a
number or a date whether a folder is still in use.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where an instructor empties the temporary folder as usual
    fcntl = None

PREFIX = "workbook-check-"


@dataclass(frozen=True)
class Scratch:
    """A folder, and the descriptors that keep it; a process that inherits them keeps it, too."""

    folder: Path
    locks: tuple[int, ...]


@contextmanager
def scratch_folder() -> Iterator[Scratch]:
    """A new folder that only this user can read, and that is gone afterward. Those that nobody holds any more are
    removed now."""
    remove_leftovers()
    scratch = _made()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch.folder, ignore_errors=True)
        for lock in scratch.locks:
            os.close(lock)


def remove_leftovers() -> None:
    """Remove this user's folders whose holders have all ended."""
    if fcntl is None:
        return
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody holds it, or it is gone already
            lock = _opened(path)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


def _made() -> Scratch:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        if fcntl is None:
            return Scratch(folder, ())
        with suppress(FileNotFoundError):  # before it had its lock, another process took it for a leftover
            lock = _opened(folder)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                return Scratch(folder, (lock,))
            os.close(lock)


def _opened(folder: Path) -> int:
    """Raises ``OSError`` for a link, and for what is another user's."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
        os.close(descriptor)
        raise PermissionError(f"{folder} is another user's")
    return descriptor
