"""The contents of an archive that somebody handed in, read by ``archive_reader`` in a process that can do nothing else.

The bytes of an archive go to that process, and names and contents come back: no library here takes the archive apart. A
process that takes too long or too much memory, or tries to break out, is ended, and that archive is refused.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass

from workbook.labs.sandbox.contents import INSIDE
from workbook.labs.sandbox.surroundings import environment

SCRIPT = INSIDE / "archive_reader.py"
ARCHIVE_BYTES = 64 * 1024 * 1024
CPU_SECONDS = 5  # for everything asked of one archive
HANG_SECONDS = 300  # of a machine under load, for one answer
LINE_BYTES = 16 * 1024 * 1024  # of names
TOO_LONG = "reading it takes too long or too much memory: expected a plain .zip with the lab's files"
NONSENSE = "what it says about itself makes no sense"


class Unreadable(ValueError):
    """What is refused. The message tells the instructor why; some of it may come from the archive."""


@dataclass(frozen=True)
class Member:
    """A file in an archive: its number there, its path in the archive, and when it was changed, if that is known
    (seconds since 1970)."""

    number: int
    path: str
    changed: float | None


class Archive:
    """A .zip, .tar or .tar.gz, by its bytes; its process ends with this object, or with this process.

    Raises ``Unreadable``.
    """

    def __init__(self, content: bytes, most: int = ARCHIVE_BYTES) -> None:
        if len(content) > most:
            raise Unreadable(f"it is larger than {most // 1024 // 1024} MB")
        self._process = subprocess.Popen(
            [sys.executable, "-E", "-s", "-S", str(SCRIPT), str(len(content)), str(CPU_SECONDS)],
            cwd=INSIDE,
            env=environment("/"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        weakref.finalize(self, _end, self._process)
        self.members = [_member(number, entry) for number, entry in enumerate(self._asked(content)["files"])]

    def read(self, member: Member, most: int) -> bytes:
        """At most this many bytes of a file. Raises ``Unreadable``."""
        size = self._asked(b"%d %d\n" % (member.number, most)).get("size")
        content = self._process.stdout.read(size) if isinstance(size, int) and 0 <= size <= most else b""
        if len(content) != size:
            raise Unreadable(TOO_LONG)
        return content

    def _asked(self, request: bytes) -> dict:
        """The header of an answer. Raises ``Unreadable`` if it is a problem, or none comes."""
        late = threading.Timer(HANG_SECONDS, self._process.kill)
        late.start()
        try:
            with suppress(OSError):  # it has ended, as the answer will show
                self._process.stdin.write(request)
                self._process.stdin.flush()
            line = self._process.stdout.readline(LINE_BYTES)
        finally:
            late.cancel()
        if not line:
            raise Unreadable(TOO_LONG)
        answer = _loaded(line)
        if "problem" in answer:
            raise Unreadable(str(answer["problem"]))
        return answer


def _loaded(line: bytes) -> dict:
    """An answer; a process that an archive has taken over may write anything."""
    with suppress(ValueError, RecursionError):
        answer = json.loads(line)
        if isinstance(answer, dict) and (answer.keys() & {"problem", "size"} or isinstance(answer.get("files"), list)):
            return answer
    raise Unreadable(NONSENSE)


def _member(number: int, entry: object) -> Member:
    try:
        path, changed = entry
        return Member(number, str(path), None if changed is None else float(changed))
    except (TypeError, ValueError) as error:
        raise Unreadable(NONSENSE) from error


def _end(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):
            stream.close()
