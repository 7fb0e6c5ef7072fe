"""What a notebook wrote to ``work/``: which files are new or changed, with their sizes and hashes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from server.model_card import sha256_of

# What else is there: the executed notebooks, a student's own files that a notebook put aside, and the labs.
OTHERS = {"run", "kept", "labs", "__pycache__"}

# A file's path below work/, and what shows that it was written again: its time of change in ns, size in bytes, inode.
Snapshot = dict[str, tuple[int, int, int]]


@dataclass(frozen=True)
class Artifact:
    """A file: its path below ``work/`` with forward slashes, size in bytes, SHA-256 in hexadecimal digits."""

    path: str
    bytes: int
    sha256: str


def snapshot(work: Path) -> Snapshot:
    """The current files of ``work/``, without those of ``OTHERS``."""
    found: Snapshot = {}
    for path in _files(work):
        with contextlib.suppress(FileNotFoundError):  # another notebook has removed it since it was listed
            stat = path.stat()
            found[path.relative_to(work).as_posix()] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return found


def _files(work: Path) -> Iterator[Path]:
    for folder, below, files in os.walk(work):
        skipped = OTHERS if Path(folder) == work else {"__pycache__"}
        below[:] = [name for name in below if name not in skipped]  # os.walk does not go into the others
        yield from (Path(folder, name) for name in files)


def written_since(before: Snapshot, work: Path, patterns: list[str]) -> list[Artifact]:
    """The files that are new or changed since ``before`` and match one of the ``patterns``, by path."""
    now = snapshot(work)
    names = sorted(name for name in now if now[name] != before.get(name) and matches(name, patterns))
    return [Artifact(name, (work / name).stat().st_size, sha256_of(work / name)) for name in names]


def matches(name: str, patterns: list[str]) -> bool:
    """Whether one of the patterns fits; ``*`` stands for any characters, slashes included."""
    return any(fnmatch(name, pattern) for pattern in patterns)
