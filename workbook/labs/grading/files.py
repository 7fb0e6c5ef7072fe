"""Files in folders and archives, read one at a time: nothing is unpacked, no link is followed, everything has limits.

What is not an archive, or not one that is read, is recognized by its first bytes, whatever its name says.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

from workbook.labs.sandbox.reading import ARCHIVE_BYTES, Archive, Member, Unreadable

FILE_BYTES = 1024 * 1024
DOWNLOAD_BYTES = 512 * 1024 * 1024  # of a class's archive from a platform
ENTRIES = 10_000
ARCHIVES = (".tar.gz", ".zip", ".tar", ".tgz")
# What systems and tools put into folders; none of it is handed in.
CLUTTER = {"__MACOSX", "__pycache__", ".git", ".ipynb_checkpoints", ".venv", "venv", "node_modules", "site-packages"}
CLUTTER_FILES = {".DS_Store", "Thumbs.db", "desktop.ini", ".gitignore", ".gitattributes"}
# The first bytes of other things that are handed in, and what they are called.
MAGIC = {
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\xfd7zXZ": "an archive of xz",
    b"BZh": "an archive of bzip2",
    b"\x28\xb5\x2f\xfd": "an archive of Zstandard",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
OFFICE = {"word/": "a Word document", "xl/": "an Excel workbook", "ppt/": "a PowerPoint presentation"}


@dataclass(frozen=True)
class File:
    """A file by its path in the folder or archive. ``read`` returns at most the given number of bytes, and raises what
    the libraries raise; ``changed`` is when it was changed, if known."""

    path: PurePosixPath
    read: Callable[[int], bytes]
    changed: datetime | None = None

    @property
    def name(self) -> str:
        return self.path.name


def files_in_folder(folder: Path) -> Iterator[File]:
    """Every file below ``folder``, without clutter."""
    for count, (place, folders, names) in enumerate(os.walk(folder)):  # which follows no links
        if count > ENTRIES:
            raise Unreadable("it has too many folders")
        folders[:] = sorted(set(folders) - CLUTTER)
        for name in sorted(names):
            path = Path(place, name)
            if not is_clutter(PurePosixPath(name)):
                yield file_at(path, PurePosixPath(path.relative_to(folder).as_posix()))


def file_at(path: Path, inside: PurePosixPath) -> File:
    """The file at ``path``, under the name ``inside``. Reading it raises ``Unreadable`` if it is a link or not a
    file."""

    def read(most: int) -> bytes:
        if path.is_symlink() or not path.is_file():
            raise Unreadable(f"{inside.name} is not a file but a link, or something else")
        with path.open("rb") as content:
            return content.read(most)

    return File(inside, read, datetime.fromtimestamp(path.lstat().st_mtime))


def files_in_archive(content: bytes, most: int = ARCHIVE_BYTES) -> list[File]:
    """Every file of an archive, without clutter, taken apart by a process that can do nothing else.

    Raises ``Unreadable``.
    """
    archive = Archive(content, most)
    files = [_member(archive, member) for member in archive.members]
    return [file for file in files if not is_clutter(file.path)]


def files_in_download(path: Path) -> list[File]:
    """Every file of a class's .zip from a learning platform, which may be large. Raises ``Unreadable``."""
    try:
        with path.open("rb") as file:
            return files_in_archive(file.read(DOWNLOAD_BYTES + 1), DOWNLOAD_BYTES)
    except OSError as error:
        raise Unreadable(str(error)) from error


def _member(archive: Archive, member: Member) -> File:
    changed = None if member.changed is None else datetime.fromtimestamp(member.changed, UTC).replace(tzinfo=None)
    # Some programs on Windows write Windows's separators.
    return File(PurePosixPath(member.path.replace("\\", "/")), partial(archive.read, member), changed)


def is_archive(name: str, content: bytes) -> bool:
    """Whether it can be read as one, judging by its first bytes or else by its name."""
    known = content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")) or content[257:262] == b"ustar"
    return (known or name.lower().endswith(ARCHIVES)) and not kind_of(content)


def kind_of(content: bytes) -> str:
    """What kind of thing it is that cannot be graded, in words; empty if that is not known."""
    for start, kind in MAGIC.items():
        if content.startswith(start):
            return kind
    if content.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in content[:4096]:
        return next((kind for folder, kind in OFFICE.items() if folder.encode() in content), "an Office document")
    return ""


def is_clutter(path: PurePosixPath) -> bool:
    return path.name in CLUTTER_FILES or path.name.startswith("._") or bool(CLUTTER.intersection(path.parts[:-1]))
