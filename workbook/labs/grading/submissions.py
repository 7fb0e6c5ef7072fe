"""Submissions as they lie in a folder, one folder or archive a student: only the files that a lab asks for are read.

Nothing is unpacked and no link is followed, so that nothing outside of a submission can be read through it. Archives
are read by a process that can do nothing else; whatever one of them does there is its own problem.
"""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from workbook.labs.authoring.manifest import Lab
from workbook.labs.desk.archive import ABOUT
from workbook.labs.sandbox.reading import ARCHIVE_BYTES, Archive, Unreadable

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
FILE_BYTES = 1024 * 1024
ENTRIES = 10_000
KEY_BYTES = 200  # it becomes the name of a file
PROBLEM_CHARACTERS = 300


@dataclass(frozen=True)
class Submission:
    """One student's files by name. ``problem`` says what is wrong with it, if it cannot be taken as it is."""

    key: str
    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    lab: str = ""
    problem: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 over names and contents: the same answer has the same."""
        total = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            total.update(f"{name}\0{len(content)}\0".encode() + content)
        return total.hexdigest()


def collect(folder: Path, labs: list[Lab]) -> list[Submission]:
    """Every submission in ``folder``, in the order of their names.

    Names that differ only in case are the same name: on macOS and Windows, their pages would be the same file.
    """
    wanted = {name for lab in labs for name in lab.student_files()} | {ABOUT}
    entries = sorted(folder.iterdir(), key=lambda path: path.name)
    found = [_read(path, wanted) for path in entries if path.is_dir() or path.name.endswith(ARCHIVES)]
    counts = Counter(one.key.casefold() for one in found)
    twice = "there is more than one of this name"
    return [replace(one, problem=twice) if counts[one.key.casefold()] > 1 else one for one in found]


def _read(path: Path, wanted: set[str]) -> Submission:
    key = path.name
    for ending in ARCHIVES:
        key = key.removesuffix(ending)
    key = _plain(key).encode()[:KEY_BYTES].decode(errors="ignore")
    try:
        found = _gathered(path, wanted)
        about = _about(found.pop(ABOUT, b"{}"))
        return Submission(key, about.get("name", key), found, about.get("lab", ""))
    except (OSError, ValueError, RecursionError) as error:
        problem = _plain(f"it could not be read: {error or type(error).__name__}")
        return Submission(key, key, problem=problem[:PROBLEM_CHARACTERS])


def _gathered(path: Path, wanted: set[str]) -> dict[str, bytes]:
    if path.is_symlink():
        raise Unreadable("it is a link")
    reader = _in_folder if path.is_dir() else _in_archive
    found: dict[str, bytes] = {}
    for count, (place, content) in enumerate(reader(path, wanted)):
        name = PurePosixPath(place).name
        if count > ENTRIES or name in found:
            raise Unreadable(f"there is more than one {name}" if name in found else "it has too many files")
        if len(content) > FILE_BYTES:
            raise Unreadable(f"{name} is larger than {FILE_BYTES // 1024} kB")
        found[name] = content
    return found


def _in_folder(path: Path, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    for count, (folder, _, names) in enumerate(os.walk(path)):  # which follows no links
        if count > ENTRIES:
            raise Unreadable("it has too many folders")
        for name in wanted.intersection(names):
            file = Path(folder, name)
            if file.is_symlink() or not file.is_file():
                raise Unreadable(f"{name} is no file but a link, or something else")
            with file.open("rb") as content:
                yield name, content.read(FILE_BYTES + 1)


def _in_archive(path: Path, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    if not path.is_file():  # a pipe, which nobody writes to
        raise Unreadable("it is no file, but something else")
    with path.open("rb") as file:
        archive = Archive(file.read(ARCHIVE_BYTES + 1))
    for member in archive.members:
        if PurePosixPath(member.path).name in wanted:
            yield member.path, archive.read(member, FILE_BYTES + 1)


def _about(content: bytes) -> dict[str, str]:
    """The page that `workbook submit` puts in: whose it is and for which lab, as far as it says so."""
    try:
        about = json.loads(content)
    except ValueError:
        return {}
    if not isinstance(about, dict):
        return {}
    return {name: _plain(about[name])[:200] for name in ("name", "lab") if isinstance(about.get(name), str)}


def _plain(text: str) -> str:
    """Text that can be printed, composed as it is usual: no control characters, no halves of a character."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in composed)
