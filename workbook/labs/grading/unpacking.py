"""Files in folders and archives, read one at a time: nothing is unpacked, no link is followed, and all has limits.

What is no archive, or none that is read, is told by its first bytes, whatever its name says.
"""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

FILE_BYTES = 1024 * 1024
ARCHIVE_BYTES = 64 * 1024 * 1024  # of an archive, and of a .tar.gz when it is unpacked
ENTRIES = 10_000
DIRECTORY_BYTES = 16 * 1024 * 1024  # of the table of a .zip, which is read as a whole
HEADER_BYTES = 16 * 1024  # of what a .tar says about one file: reading it takes the square of its length
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others let an archive say how much memory they take
ARCHIVES = (".tar.gz", ".zip", ".tar", ".tgz")
# What systems and tools put into folders; none of it is handed in.
CLUTTER = {"__MACOSX", "__pycache__", ".git", ".ipynb_checkpoints", ".venv", "venv", "node_modules", "site-packages"}
CLUTTER_FILES = {".DS_Store", "Thumbs.db", "desktop.ini", ".gitignore", ".gitattributes"}
BLOCK = 512  # of a .tar
# The first bytes of what is handed in as well, and what it is called.
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


class Unreadable(ValueError):
    """Something that cannot be taken. The message says why, for the instructor."""


@dataclass(frozen=True)
class File:
    """A file by its path in the folder or archive. ``read`` gives at most so many bytes of it, and raises what the
    libraries raise; ``changed`` is when, as far as it is known."""

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
    """The file at ``path``, under the name ``inside``. Reading it raises ``Unreadable`` if it is a link or no file."""

    def read(most: int) -> bytes:
        if path.is_symlink() or not path.is_file():
            raise Unreadable(f"{inside.name} is no file but a link, or something else")
        with path.open("rb") as content:
            return content.read(most)

    return File(inside, read, datetime.fromtimestamp(path.lstat().st_mtime))


def files_in_archive(name: str, content: bytes) -> list[File]:
    """Every file of an archive, without clutter. Raises ``Unreadable``, and what the libraries raise."""
    if len(content) > ARCHIVE_BYTES:
        raise Unreadable("it is too large")
    found = _in_zip(io.BytesIO(content)) if _is_zip(name, content) else _in_tar(content)
    files = []
    for file in found:
        if len(files) == ENTRIES:
            raise Unreadable("it has too many files")
        if not is_clutter(file.path):
            files.append(file)
    return files


def files_in_download(path: Path) -> list[File]:
    """Every file of a class's .zip as a learning platform gives it, which may be large. Raises ``Unreadable``."""
    try:
        return [file for file in _in_zip(path.open("rb")) if not is_clutter(file.path)]
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise Unreadable(str(error)) from error


def is_archive(name: str, content: bytes) -> bool:
    """Whether it can be read as one, by its first bytes or else by its name."""
    known = content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")) or content[257:262] == b"ustar"
    return (known or name.lower().endswith(ARCHIVES)) and not kind_of(content)


def kind_of(content: bytes) -> str:
    """What it is that nobody can grade, in words; empty if that is not known."""
    for start, kind in MAGIC.items():
        if content.startswith(start):
            return kind
    if content.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in content[:4096]:
        return next((kind for folder, kind in OFFICE.items() if folder.encode() in content), "an Office document")
    return ""


def is_clutter(path: PurePosixPath) -> bool:
    return path.name in CLUTTER_FILES or path.name.startswith("._") or bool(CLUTTER.intersection(path.parts[:-1]))


def _is_zip(name: str, content: bytes) -> bool:
    return content.startswith(b"PK") or (name.lower().endswith(".zip") and content[257:262] != b"ustar")


def _in_zip(file) -> Iterator[File]:
    if _directory_bytes(file) > DIRECTORY_BYTES:
        raise Unreadable("it has too many files")
    archive = zipfile.ZipFile(file)
    for entry in archive.infolist():
        if not entry.is_dir():
            # Some programs on Windows write the separators that are usual there.
            yield File(PurePosixPath(entry.filename.replace("\\", "/")), _zip_reader(archive, entry), _date(entry))


def _directory_bytes(file) -> int:
    """How large a .zip says that its table is; 0 if it does not say so."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 2 * 65536))
    end = file.read()
    place = end.rfind(b"PK\x05\x06")
    if place < 0 or len(end) < place + 16:
        return 0
    sizes = [struct.unpack_from("<L", end, place + 12)[0]]
    if end[max(0, place - 20) : place].startswith(b"PK\x06\x07") and place >= 76:
        sizes = [struct.unpack_from("<Q", end, place - 76 + 40)[0]]
    return max(sizes)


def _zip_reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        if entry.compress_type not in METHODS:
            raise Unreadable(f"{entry.filename} is packed in an unusual way: expected a plain .zip")
        with archive.open(entry) as content:
            return content.read(most)

    return read


def _date(entry: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*entry.date_time)
    except ValueError:
        return None


def _in_tar(content: bytes) -> Iterator[File]:
    if content.startswith(b"\x1f\x8b"):
        with gzip.open(io.BytesIO(content)) as unpacked:
            content = unpacked.read(ARCHIVE_BYTES + 1)
        if len(content) > ARCHIVE_BYTES:
            raise Unreadable("it is too large")
    _look_at_headers(content)
    archive = tarfile.TarFile(fileobj=io.BytesIO(content))
    for entry in archive:
        if not entry.isdir():
            changed = datetime.fromtimestamp(entry.mtime) if 0 < entry.mtime < 2**32 else None
            yield File(PurePosixPath(entry.name), _tar_reader(archive, entry), changed)


def _tar_reader(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        if not entry.isreg():
            raise Unreadable(f"{entry.name} is no file but a link, or something else")
        return archive.extractfile(entry).read(most)

    return read


def _look_at_headers(content: bytes) -> None:
    """Raise ``Unreadable`` for a .tar in which what is said about a file is longer than anybody says."""
    place = count = 0
    while place + BLOCK <= len(content) and count <= ENTRIES:
        size = _tar_size(content[place + 124 : place + 136])
        if content[place + 156 : place + 157] in (b"x", b"g", b"L", b"K") and size > HEADER_BYTES:
            raise Unreadable("what it says about a file is too long")
        place += BLOCK + -(-size // BLOCK) * BLOCK
        count += 1


def _tar_size(number: bytes) -> int:
    """A size as a .tar has it: octal digits or, of large ones, the bytes themselves."""
    if number[0] & 0x80:
        return int.from_bytes(number[1:], "big")
    digits = number.strip(b" \0")
    return int(digits, 8) if digits and not digits.strip(b"01234567") else 0
