"""Runs a command as an ordinary user, where the tests run as root: the way most instructors grade."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

USER = 1_234_567  # that no account has
STAGE = "/mnt"  # an empty folder of every Linux


def can_become_ordinary() -> bool:
    """Whether the tests may do what it takes: root in an unprivileged container may not mount, and has few users."""
    try:
        return subprocess.run(as_ordinary_user(["true"]), capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def as_ordinary_user(command: list[str], *folders: Path) -> list[str]:
    """The command that runs ``command`` as a user who may read Python and the course, and who owns ``folders``.

    Python may lie in root's own home, which is closed to others. So the command sees other mounts than the rest of the
    machine: there, every closed folder above Python and the course is an empty one with nothing but these in it.
    """
    if os.geteuid() != 0:
        return command
    for folder in folders:
        os.chown(folder, USER, USER)
    steps = [*_opened([Path(sys.prefix), Path(sys.base_prefix), ROOT]), shlex.join(_dropped(command))]
    return ["unshare", "--mount", "sh", "-c", " && ".join(steps)]


def _opened(needed: list[Path]) -> list[str]:
    closed = {path: closed for path in needed if (closed := _closed_above(path))}
    steps = ["mount -t tmpfs tmpfs " + STAGE]
    for path in closed:
        steps += [f"mkdir -p {STAGE}{path}", f"mount --bind {path} {STAGE}{path}"]
    steps += [f"mount -t tmpfs -o mode=755 tmpfs {folder}" for folder in sorted({*closed.values()})]
    for path in closed:
        steps += [f"mkdir -p {path}", f"mount --bind {STAGE}{path} {path}"]
    return steps


def _closed_above(path: Path) -> Path | None:
    """The outermost folder above ``path`` that others may not enter."""
    return next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & 0o001), None)


def _dropped(command: list[str]) -> list[str]:
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--inh-caps=-all", "--", *command]
