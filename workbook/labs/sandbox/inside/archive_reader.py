"""Reads an archive that somebody handed in, in a process that has given up everything else: it can only read what it
was given, and write to the process that started it.

Standard input is the archive, and the first line that it writes is JSON: ``files``, with the path of each and when it
was changed, in seconds since 1970 or null; or ``problem``, why there are none. Then each line "number most" is answered
by a line of JSON, ``size`` or ``problem``, and that many bytes.

It is a script of its own that uses only Python's own modules. Arguments: how many bytes the archive has, and how many
seconds of processor time it may take.
"""

from __future__ import annotations

import calendar
import encodings.cp437  # noqa: F401  which a .zip may name its files in; there is no importing it later
import gzip
import io
import json
import os
import stat
import struct
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress

import seccomp

MEGABYTES = 1024
ENTRIES = 10_000
UNPACKED_BYTES = 64 * 1024 * 1024  # of a .tar or .tar.gz
DIRECTORY_BYTES = 4 * 1024 * 1024  # of the table of a .zip, which is read as a whole
HEADER_BYTES = 16 * 1024  # of what a .tar says about one file: reading it takes the square of its length
PROBLEM_CHARACTERS = 300
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others let an archive say how much memory they take
HEADERS = b"xgLKX"  # types of entries of a .tar that say something about the next one, or all
NOBODY = 65534
NO_FILE = "it is not a file but a link, or something else"

# For each file its path, when it was changed, and a function that reads a number of its bytes.
Files = Iterator[tuple[str, float | None, Callable[[int], bytes]]]


class Refused(Exception):
    """What is refused; the message says why."""


class Entry(tarfile.TarInfo):
    """An entry of a .tar that says no more about the next one than necessary."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in HEADERS and self.size > HEADER_BYTES:
            raise Refused("what it says about a file is too long")
        return super()._proc_member(archive)


def files_in(source: io.BytesIO) -> Files:
    """Every file of an archive. Raises ``Refused``, and whatever the libraries raise for what somebody forged."""
    start = source.read(2)
    source.seek(0)
    if start == b"PK":
        return _in_zip(source)
    return _in_tar(gzip.open(source) if start == b"\x1f\x8b" else source)


def _in_zip(source: io.BytesIO) -> Files:
    if _directory_bytes(source) > DIRECTORY_BYTES:
        raise Refused("it has too many files")
    archive = zipfile.ZipFile(source)
    for entry in archive.infolist():
        if not entry.is_dir():
            changed = None
            with suppress(ValueError, OverflowError):
                changed = calendar.timegm(entry.date_time)
            yield entry.filename, changed, lambda most, entry=entry: _of_zip(archive, entry, most)


def _directory_bytes(source: io.BytesIO) -> int:
    """The size that a .zip states for its table; 0 if it states none."""
    size = source.seek(0, os.SEEK_END)
    source.seek(max(0, size - 2 * 65536))
    end = source.read()
    place = end.rfind(b"PK\x05\x06")
    if place < 0 or len(end) < place + 16:
        return 0
    if place >= 76 and end[place - 20 : place].startswith(b"PK\x06\x07"):  # a table of more than 4 GB, it says
        return struct.unpack_from("<Q", end, place - 76 + 40)[0]
    return struct.unpack_from("<L", end, place + 12)[0]


def _of_zip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise Refused(NO_FILE)
    if entry.flag_bits & 1:
        raise Refused("it is encrypted: ask for it without a password")
    if entry.compress_type not in METHODS:
        raise Refused("it is packed in an unusual way: expected a plain .zip")
    with archive.open(entry) as content:
        return content.read(most)


def _in_tar(source: io.BytesIO | gzip.GzipFile) -> Files:
    content = source.read(UNPACKED_BYTES + 1)
    if len(content) > UNPACKED_BYTES:
        raise Refused("it is too large")
    for entry in tarfile.TarFile(fileobj=io.BytesIO(content), tarinfo=Entry):
        if not entry.isdir():
            changed = entry.mtime if 0 < entry.mtime < 2**32 else None
            yield entry.name, changed, lambda most, entry=entry: _of_tar(content, entry, most)


def _of_tar(content: bytes, entry: tarfile.TarInfo, most: int) -> bytes:
    if not entry.isreg() or entry.issparse():
        raise Refused(NO_FILE)
    return content[entry.offset_data : entry.offset_data + min(most, entry.size)]


def give_up_everything_else(seconds: int) -> None:
    """As far as the system has them: limits, another user's number, and nearly all calls of the kernel."""
    with suppress(ImportError):  # Windows
        import resource

        size = MEGABYTES * 1024 * 1024
        limits = {"AS": size, "CPU": seconds, "FSIZE": 0, "CORE": 0}
        for kind, most in limits.items():
            with suppress(ValueError, OSError):  # macOS does not limit addresses
                resource.setrlimit(getattr(resource, f"RLIMIT_{kind}"), (most, most))
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
    if seccomp.is_known():
        seccomp.confine()


def told(error: Exception) -> dict[str, str]:
    return {"problem": str(error or type(error).__name__)[:PROBLEM_CHARACTERS] or type(error).__name__}


def say(answer: io.FileIO, header: dict, content: bytes = b"") -> None:
    parts = memoryview(json.dumps(header).encode() + b"\n" + content)
    while parts:
        parts = parts[answer.write(parts) :]


def main() -> None:
    size, seconds = map(int, sys.argv[1:])
    with open(0, "rb") as requests, open(1, "wb", buffering=0) as answer:
        source = io.BytesIO(requests.read(size))
        give_up_everything_else(seconds)
        converse(source, requests, answer)


def converse(source: io.BytesIO, requests: io.BufferedReader, answer: io.FileIO) -> None:
    """Say what is in it, and answer every line."""
    readers, files = [], []
    try:
        for path, changed, read in files_in(source):
            if len(readers) == ENTRIES:
                raise Refused("it has too many files")
            readers.append(read)
            files.append([path, changed])
    except Exception as error:  # there is no end to what the libraries raise for archives that somebody forged
        return say(answer, told(error))
    say(answer, {"files": files})
    for line in requests:
        number, most = map(int, line.split())
        try:
            content = readers[number](most)
        except Exception as error:
            say(answer, told(error))
        else:
            say(answer, {"size": len(content)}, content)


if __name__ == "__main__":
    main()
