"""A memory limit that the kernel enforces: a control group (version 2) for a student's process and all that it starts.

The kernel counts everything that is held for them: shared memory that nobody maps, buffers of sockets and pipes, files
in memory. This needs a group around this process in which others can be made; root has one on most machines, and an
ordinary user in a session that systemd manages. https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

from __future__ import annotations

import functools
import itertools
import os
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from workbook.labs.sandbox.process_tree import Process

OWN = Path("/proc/self")
PREFIX = "workbook-"
PROBE_BYTES = 64 * 1024 * 1024
PROBE_SECONDS = 60
GONE_SECONDS = 10
LOOK_SECONDS = 0.02
LEFT_SECONDS = 60  # an empty group is not a leftover while somebody may be about to join it
JOIN = 'echo 0 >"$0" && exec "$@"'  # before anything of the student's is there
numbers = itertools.count()


class Group:
    """A new group that may hold ``most`` bytes and ``processes``. Raises ``OSError`` if it cannot be made."""

    def __init__(self, most: int, processes: int) -> None:
        # Checkers have their own folder for such things, so no other has its name.
        name = f"{PREFIX}{Path(tempfile.gettempdir()).name}-{os.getpid()}-{next(numbers)}"
        self._folder = _parent() / name
        self._folder.mkdir()
        try:
            self._write("memory.max", most)
            for file, value in (("memory.swap.max", 0), ("memory.oom.group", 1), ("pids.max", processes)):
                with suppress(OSError):  # a kernel without swap, or a parent that does not pass this on
                    self._write(file, value)
        except OSError:
            self._folder.rmdir()
            raise

    def joined(self, command: list[str]) -> list[str]:
        """``command``, run in the group."""
        return ["/bin/sh", "-c", JOIN, str(self._folder / "cgroup.procs"), *command]

    def keep(self, process: Process) -> None:
        """Nothing to do: the kernel enforces it."""

    def release(self) -> None:
        """End what is left in it, and remove it."""
        _remove(self._folder)

    def _write(self, file: str, value: int) -> None:
        # Do not create it by writing: there is no such file if the kernel does not have this limit.
        descriptor = os.open(self._folder / file, os.O_WRONLY)
        try:
            os.write(descriptor, b"%d\n" % value)
        finally:
            os.close(descriptor)


@functools.cache
def available() -> bool:
    """Whether this process may make such groups and start processes in them: tried, not guessed."""
    try:
        remove_leftovers()
        group = Group(PROBE_BYTES, 8)
    except OSError:
        return False
    try:
        probe = group.joined(["/bin/sh", "-c", "cat /proc/self/cgroup"])
        done = subprocess.run(probe, capture_output=True, text=True, check=False, cwd="/", timeout=PROBE_SECONDS)
        return PREFIX in done.stdout
    finally:
        group.release()


def remove_leftovers(folder: str = "") -> None:
    """Remove the groups of a checker with this ``folder`` for temporary files; without one, those that are empty."""
    with suppress(OSError):
        for group in _parent().glob(f"{PREFIX}{folder}*"):
            if folder or _is_left(group):
                _remove(group)


def _is_left(group: Path) -> bool:
    with suppress(OSError):
        old = time.time() - group.stat().st_mtime > LEFT_SECONDS
        return old and "populated 0" in (group / "cgroup.events").read_text(encoding="ascii")
    return False


def _remove(group: Path) -> None:
    with suppress(OSError):  # kernels before 5.14 do not have it; what is in it ends with its namespace
        (group / "cgroup.kill").write_text("1", encoding="ascii")
    last = time.monotonic() + GONE_SECONDS
    while group.exists() and time.monotonic() < last:
        with suppress(OSError):  # they are still ending
            return group.rmdir()
        time.sleep(LOOK_SECONDS)


def _parent() -> Path:
    """The group to make others in: the nearest around this process that passes on the memory limit.

    Raises ``OSError`` if there is none.
    """
    own, mount = _own_group()
    for folder in (own, *own.parents):
        if not folder.is_relative_to(mount):
            break
        handed_on = (folder / "cgroup.subtree_control").read_text(encoding="ascii").split()
        if "memory" in handed_on and os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK):
            return folder
    raise FileNotFoundError("no control group can be made here")


def _own_group() -> tuple[Path, Path]:
    """The folder of this process's group, and that of the whole tree as far as it can be seen here."""
    for line in (OWN / "mountinfo").read_text(encoding="utf-8").splitlines():
        before, _, after = line.partition(" - ")
        root, mount = before.split()[3:5]
        if after.split()[0] == "cgroup2":
            entries = (OWN / "cgroup").read_text(encoding="utf-8").splitlines()
            group = Path(next(one[3:] for one in entries if one.startswith("0::")))
            inside = group.relative_to(root) if group.is_relative_to(root) else Path()
            return Path(mount, inside), Path(mount)
    raise FileNotFoundError("no control groups of version 2 are mounted here")
