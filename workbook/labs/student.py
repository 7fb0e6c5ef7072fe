"""The student's process, seen from the checks: calls go out, answers come back, and nothing can hang."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbook.labs import isolation, sandbox, wire
from workbook.labs.family import end_family, end_if_large
from workbook.labs.manifest import Lab

ANSWER_BYTES = 32 * 1024 * 1024
PRINTED_CHARACTERS = 4000


class NoAnswer(Exception):
    """The student's process did not answer. The message says why, for the student."""


@dataclass
class Raised(Exception):
    """The student's function raised: the names of the class and its bases, message, place and traceback."""

    kinds: tuple[str, ...]
    message: str
    where: tuple[tuple[str, int, str], ...]
    traceback: str

    def __str__(self) -> str:
        place = ""
        if self.where:
            file, line, function = self.where[-1]
            place = f" ({file}, line {line}{f', in {function}' if function else ''})"
        return f"{self.kinds[0]}: {self.message}{place}"


class Student:
    """Runs a student's ``files`` (name to content) for ``lab`` and calls their functions.

    The process is started by the first call, and again by the next one after it had to be ended. Use it in a ``with``
    statement. ``closed`` keeps it from the rest of the machine; see ``workbook.labs.isolation``.
    """

    def __init__(self, lab: Lab, files: Mapping[str, bytes], closed: bool = False) -> None:
        self._lab = lab
        self._closed = closed
        self._folder = Path(tempfile.mkdtemp(prefix="workbook-lab-"))
        sandbox.fill(self._folder, lab, files)
        self._log = (self._folder / "printed.txt").open("w+b")
        self._process: subprocess.Popen | None = None
        self._left = lab.limits.total_seconds
        self._answered = False
        self._gone: str | None = None

    def __enter__(self) -> Student:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def call(self, function: str, *arguments: object, **keywords: object) -> object:
        """What ``"package.module:function"`` returns. Raises ``Raised`` and ``NoAnswer``."""
        if self._gone:
            raise NoAnswer(self._gone)
        line = wire.dump({"function": function, "arguments": list(arguments), "keywords": keywords})
        answer = self._load(self._exchange(line))
        self._answered = True
        if "raised" in answer:
            raise _raised(answer["raised"])
        return answer.get("value")

    def printed(self) -> str:
        """The end of what the process has printed."""
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - PRINTED_CHARACTERS))
        return self._log.read().decode(errors="replace")

    def _start(self) -> None:
        command = isolation.closed_command if self._closed else isolation.open_command
        home = "/home" if self._closed else str(self._folder / "home")
        (self._folder / "home").mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            command(self._folder, self._lab.limits),
            cwd=self._folder / sandbox.LAB_FOLDER,
            env=isolation.environment(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        self._answers: queue.Queue[bytes] = queue.Queue()
        arguments = self._process.stdout, self._answers
        threading.Thread(target=_read, args=arguments, daemon=True).start()
        if self._closed:
            most = self._lab.limits.megabytes * 1024 * 1024
            threading.Thread(target=end_if_large, args=(self._process, most), daemon=True).start()

    def _exchange(self, line: bytes) -> bytes:
        started = time.monotonic()
        allowed = min(self._lab.limits.seconds, self._left)
        if self._process is None:
            self._start()
        sender = threading.Thread(target=_write, args=(self._process.stdin, line), daemon=True)
        sender.start()
        try:
            answer = self._answers.get(timeout=max(0, allowed))
        except queue.Empty:
            self._give_up(f"no answer within {allowed:.0f} s")
        finally:
            self._left -= time.monotonic() - started
        if not answer:
            self._give_up(f"the program ended by itself{self._status()}, before it answered")
        return answer

    def _load(self, line: bytes) -> dict:
        with suppress(ValueError):
            answer = wire.load(line)
            if isinstance(answer, dict) and len(line) <= ANSWER_BYTES:
                return answer
        self._give_up("the program wrote something else than an answer into the channel of the checks")

    def _give_up(self, reason: str) -> None:
        """End the process, and all calls to come if it has never answered: the next would fare no better."""
        self._end()
        if not self._answered or self._left <= 0:
            self._gone = reason
        raise NoAnswer(reason)

    def _status(self) -> str:
        try:
            return f" with status {self._process.wait(1)}"
        except subprocess.TimeoutExpired:
            return ""

    def _end(self) -> None:
        if self._process is not None:
            end_family(self._process)
            self._process = None


def _raised(fields: object) -> Exception:
    """What the process says was raised; it may say anything."""
    try:
        where = tuple((str(file), int(line), str(name)) for file, line, name in fields["where"])
        kinds = tuple(map(str, fields["kinds"]))
        return Raised(kinds or ("?",), str(fields["message"]), where, str(fields["traceback"]))
    except (TypeError, KeyError, ValueError):
        return NoAnswer("the program wrote something else than an answer into the channel of the checks")


def _read(stream, answers: queue.Queue[bytes]) -> None:
    """Line by line, and at the end an empty one."""
    with stream:
        while line := stream.readline(ANSWER_BYTES + 1):
            answers.put(line)
            if len(line) > ANSWER_BYTES:
                break
    answers.put(b"")


def _write(stream, line: bytes) -> None:
    with suppress(OSError):  # the process is gone, as the reader will notice
        stream.write(line)
        stream.flush()
