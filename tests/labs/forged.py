"""Archives and folders that somebody forged, to keep a grader busy or to lead it elsewhere."""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from workbook.labs.grading.submissions import ARCHIVE_BYTES, FILE_BYTES

NAME = "routes.py"
ENTRIES = 10_000  # as `inside/archive_reader.py` has it


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def tarred(path: Path, entry: tarfile.TarInfo, content: bytes = b"") -> None:
    with tarfile.open(path, "w") as archive:
        archive.addfile(entry, io.BytesIO(content))


def an_entry(kind: bytes = tarfile.REGTYPE, **fields: object) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(NAME)
    entry.type = kind
    for name, value in fields.items():
        setattr(entry, name, value)
    return entry


def encrypted(folder: Path) -> None:
    zipped(folder / "x.zip", {NAME: b"pass"}, zipfile.ZIP_STORED)
    content = bytearray((folder / "x.zip").read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    (folder / "x.zip").write_bytes(content)


def damaged(folder: Path) -> None:
    zipped(folder / "x.zip", {NAME: os.urandom(100) * 50})
    content = bytearray((folder / "x.zip").read_bytes())
    content[45:80] = b"\xff" * 35
    (folder / "x.zip").write_bytes(content)


def no_text_for_a_name(folder: Path) -> None:
    zipped(folder / "x.zip", {"é.py": b""})
    (folder / "x.zip").write_bytes((folder / "x.zip").read_bytes().replace("é".encode(), b"\xff\xff"))


def a_bomb(folder: Path) -> None:
    with gzip.open(folder / "x.tar.gz", "wb", 1) as file:
        file.write(an_entry(size=ARCHIVE_BYTES * 2).tobuf())
        for _ in range(ARCHIVE_BYTES // (1 << 20) + 1):
            file.write(bytes(1 << 20))


def a_header_without_end(folder: Path) -> None:
    (folder / "x.tar").write_bytes(an_entry(tarfile.XHDTYPE, size=2**33 - 1).tobuf(tarfile.GNU_FORMAT) + b"9" * 4096)


def digits(folder: Path, count: int) -> None:
    header = an_entry(tarfile.XHDTYPE, size=count).tobuf(tarfile.GNU_FORMAT)
    (folder / "x.tar").write_bytes(header + b"9" * count + bytes(-count % 512) + bytes(1024))


def deep(folder: Path) -> None:
    place = os.open(folder, os.O_RDONLY)
    os.mkdir("x", dir_fd=place)
    for _ in range(1200):
        inner = os.open("x", os.O_RDONLY, dir_fd=place)
        os.close(place)
        os.mkdir("x", dir_fd=inner)
        place = inner
    os.close(place)


def a_pipe(folder: Path) -> None:
    (folder / "x").mkdir()
    os.mkfifo(folder / "x" / NAME)


def a_table_of_many(folder: Path, entries: int = 1_200_000) -> None:
    table = (b"PK\1\2" + bytes(24) + b"\1\0" + bytes(16) + b"a") * entries
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, len(table), 0, 0)
    (folder / "x.zip").write_bytes(table + end)


def a_table_that_says_it_is_short(folder: Path) -> None:
    """In the place where every reader looks; and longer in that where those look that can read long ones."""
    a_table_of_many(folder, 200_000)
    content = (folder / "x.zip").read_bytes()[:-22]
    size = len(content)
    long = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 200_000, 200_000, size, 0)
    where = struct.pack("<4sLQL", b"PK\6\7", 0, size, 1)
    short = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 46, 0, 0)
    (folder / "x.zip").write_bytes(content + long + where + short)


def entries_that_overlap(folder: Path) -> None:
    """Ten thousand names for the same data, a million bytes each."""
    zipped(folder / "x.zip", {NAME: bytes(FILE_BYTES)})
    content = (folder / "x.zip").read_bytes()
    start = content.index(b"PK\1\2")
    table = content[start : content.index(b"PK\5\6")] * ENTRIES
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, ENTRIES, ENTRIES, len(table), start, 0)
    (folder / "x.zip").write_bytes(content[:start] + table + end)


def a_quine(folder: Path) -> None:
    """An archive in an archive, and so on: what is no answer is not taken apart."""
    content = b""
    for _ in range(50):
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as archive:
            archive.writestr("x.zip", content)
        content = inner.getvalue()
    (folder / "x.zip").write_bytes(content)


def a_link_in_a_zip(folder: Path) -> None:
    entry = zipfile.ZipInfo(NAME)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")


def sparse(folder: Path) -> None:
    """A file of eight exabytes in a kilobyte."""
    entry = an_entry(tarfile.GNUTYPE_SPARSE)
    block = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    block[386:482] = bytes(96)
    block[483:495] = b"\x80" + (2**62).to_bytes(11, "big")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    (folder / "x.tar").write_bytes(block + bytes(1024))


FORGED: dict[str, Callable[[Path], object]] = {
    "no archive": lambda folder: (folder / "x.zip").write_bytes(b"PK"),
    "encrypted": encrypted,
    "damaged": damaged,
    "no text for a name": no_text_for_a_name,
    "packed by bzip2": lambda folder: zipped(folder / "x.zip", {NAME: b"pass"}, zipfile.ZIP_BZIP2),
    "a file too large": lambda folder: zipped(folder / "x.zip", {NAME: bytes(FILE_BYTES + 1)}),
    "too many files": lambda folder: zipped(folder / "x.zip", {f"{n}.txt": b"" for n in range(ENTRIES + 1)}),
    "the same file twice": lambda folder: zipped(folder / "x.zip", {NAME: b"a", f"../../{NAME}": b"b"}),
    "nested without end": lambda folder: zipped(folder / "x.zip", {"submission.json": b"[" * 500_000}),
    "a bomb": a_bomb,
    "a header without end": a_header_without_end,
    "a link in a tar": lambda folder: tarred(folder / "x.tar", an_entry(tarfile.SYMTYPE, linkname="/etc/passwd")),
    "a hard link in a tar": lambda folder: tarred(folder / "x.tar", an_entry(tarfile.LNKTYPE, linkname="/etc/passwd")),
    "a device in a tar": lambda folder: tarred(folder / "x.tar", an_entry(tarfile.CHRTYPE, devmajor=1, devminor=5)),
    "a pipe": a_pipe,
    "folders without end": deep,
    "a table of many": a_table_of_many,
    "a table that says it is short": a_table_that_says_it_is_short,
    "entries that overlap": entries_that_overlap,
    "a number of 80,000 digits": lambda folder: digits(folder, 80_000),
    "a number of 16,000 digits": lambda folder: digits(folder, 16_000),
    "a pipe in an archive's place": lambda folder: os.mkfifo(folder / "x.zip"),
    "a link in a zip": a_link_in_a_zip,
    "a file with holes": sparse,
    "a name of nothing and more": lambda folder: tarred(folder / "x.tar", an_entry(tarfile.SYMTYPE, name="\0" + NAME)),
    "a loop of links": lambda folder: (folder / "x.zip").symlink_to(folder / "x.zip"),
    "an archive of archives": a_quine,
}
