"""The student's process, seen from the checks: calls go out, answers come back, and nothing can hang."""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbook.labs.authoring.manifest import Lab
from workbook.labs.sandbox import contents, isolation
from workbook.labs.sandbox.inside import wire
from workbook.labs.sandbox.isolation import Level, Running

ANSWER_BYTES = 4 * 1024 * 1024  # which JSON can blow up to fifty times as much memory
PRINTED_CHARACTERS = 4000
READY_SECONDS = 120
CORES = 2  # so many may an answer keep busy at once for as long as it is allowed
BUSY = 0.9  # of what is allowed: who used as much was held up by nobody, and would fare no better alone
MOST_PARDONED = 0.9  # of the time that passes: there is an end
TEXT_CHARACTERS = 6000  # of a message or traceback
MOST_PLACES = 20
DRIVER = "driver.py"  # the ending of the checks' files that run beside the student's
SIGNALED = 128  # added to a signal's number in the exit status of a program whose child was killed
ENDLESS = "an endless loop, or a wait for something that never comes"
ENDED = "the program was ended from inside, by exit()"
TOO_LARGE = "it takes more memory than it may, or was ended from outside"
NONSENSE = "the program wrote something other than an answer into the checks' channel"


class NoAnswer(Exception):
    """The student's process did not answer. The message says why, for the student.

    ``disturbed``: it ran out of time or was killed, for which the machine may be to blame instead of the answer.
    ``likely``: the likely cause, if there is one. ``sent`` and ``expected`` are set by the check, if it says so.
    """

    sent = ""
    expected = "an answer"

    def __init__(self, reason: str, disturbed: bool = True, likely: str = "") -> None:
        super().__init__(reason)
        self.disturbed = disturbed
        self.likely = likely


@dataclass
class Raised(Exception):
    """The student's function raised an exception: the names of its class and bases, message, place and traceback.

    ``sent`` and ``expected`` are set by the check, if it says so.
    """

    kinds: tuple[str, ...]
    message: str
    where: tuple[tuple[str, int, str], ...]
    traceback: str
    sent: str = ""
    expected: str = "no exception"

    def __str__(self) -> str:
        if "BadFile" in self.kinds:  # written for the student
            return self.message
        told = f"{self.kinds[0]}: {self.message}"
        own = [place for place in self.where if not place[0].endswith(DRIVER)]
        if self.where and self.where[-1] not in own:
            return f"something that cannot be used as intended: {told}"
        place = ""
        if own:
            file, line, function = own[-1]
            place = f" ({file}, line {line}{f', in {function}' if function else ''})"
        return told + place


class Student:
    """Runs a student's ``files`` (name to content) for ``lab`` and calls their functions.

    The process is started by the first call, and after it had to be ended, again by the next one. Use it in a ``with``
    statement. ``level`` says how far it is isolated from the rest of the machine; see
    ``workbook.labs.sandbox.isolation``.
    """

    def __init__(self, lab: Lab, files: Mapping[str, bytes], level: Level = Level.OPEN) -> None:
        self._lab = lab
        self._level = level
        self._folder = Path(tempfile.mkdtemp(prefix="workbook-lab-"))
        contents.fill(self._folder, lab, files)
        self._log = (self._folder / "printed.txt").open("w+b")
        self._process: Running | None = None
        self._left = lab.limits.total_seconds
        self._began = self._answered = False
        self._spun = False  # the abandoned call had all the processor time that it was allowed
        self._gone: NoAnswer | None = None
        self.returned: list[object] = []  # what calls have returned, until somebody clears it

    def __enter__(self) -> Student:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def call(self, function: str, *arguments: object, **keywords: object) -> object:
        """What ``"package.module:function"`` returns. Raises ``Raised`` and ``NoAnswer``."""
        if self._left <= 0 and not self._gone:
            self._gone = NoAnswer("all calls together took too long")
        if self._gone:
            raise NoAnswer(str(self._gone), self._gone.disturbed, self._gone.likely)
        line = wire.dump({"function": function, "arguments": list(arguments), "keywords": keywords})
        if not self._began:
            self._start()
        started = time.monotonic()
        try:
            answer = self._load(self._exchange(line))
        finally:  # also of the end of a process, and of the start of the next
            self._left -= time.monotonic() - started
        self._answered = True
        if "raised" in answer:
            raise _raised(answer["raised"])
        self.returned.append(answer.get("value"))
        return self.returned[-1]

    def printed(self) -> str:
        """The end of what the process has printed."""
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - PRINTED_CHARACTERS))
        return self._log.read().decode(errors="replace")

    def _start(self) -> None:
        """Start the process and wait until it is ready, however long a machine under load or an engine takes."""
        self._began = True
        self._process = isolation.start(self._level, self._lab, self._folder, self._log)
        self._answers: queue.Queue[bytes] = queue.Queue()
        arguments = self._process.answers, self._answers
        threading.Thread(target=_read, args=arguments, daemon=True).start()
        with suppress(queue.Empty):
            if self._answers.get(timeout=READY_SECONDS):
                return
            self._give_up_ended()
        self._give_up(f"not ready within {READY_SECONDS} s")

    def _exchange(self, line: bytes) -> bytes:
        if self._process is None:
            self._start()
        allowed = min(self._lab.limits.seconds, self._left)
        threading.Thread(target=_send, args=(self._process, line), daemon=True).start()
        answer = self._wait(allowed)
        if answer is None:
            self._give_up(f"no answer within {allowed:.0f} s", not self._spun, ENDLESS)
        if not answer:
            self._give_up_ended()
        return answer

    def _wait(self, allowed: float) -> bytes | None:
        """The next line; None if it takes longer than ``allowed``. Waiting for a processor does not count, not even in
        total."""
        started, starved, used = time.monotonic(), self._process.starved(), self._process.used()

        def pardoned() -> float:
            passed = time.monotonic() - started
            if self._process.used() - used > CORES * allowed:  # it waits only for its own processes
                return 0.0
            return min(max(0, self._process.starved() - starved), passed * MOST_PARDONED)

        left = allowed
        try:
            while left > 0:
                with suppress(queue.Empty):
                    return self._answers.get(timeout=left)
                left = allowed + pardoned() - (time.monotonic() - started)
            self._spun = self._process.used() - used > BUSY * allowed
            return None
        finally:
            self._left += pardoned()

    def _load(self, line: bytes) -> dict:
        with suppress(ValueError):
            answer = wire.load(line)
            if isinstance(answer, dict) and len(line) <= ANSWER_BYTES:
                return answer
        self._give_up(NONSENSE, disturbed=False)

    def _give_up_ended(self) -> None:
        status = self._process.status()
        told = "" if status is None else f" with status {status}"
        killed = status is None or status < 0 or status > SIGNALED
        likely = TOO_LARGE if killed else ENDED
        self._give_up(f"the program ended by itself{told}, before it answered", killed, likely)

    def _give_up(self, reason: str, disturbed: bool = True, likely: str = "") -> None:
        """End the process and, if it has never answered, all calls to come: the next would do no better."""
        self._end()
        error = NoAnswer(reason, disturbed, likely)
        if not self._answered:
            self._gone = error
        raise error

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


def _raised(fields: object) -> Exception:
    """What the process says was raised; it may say anything."""
    try:
        places = fields["where"][-MOST_PLACES:]
        where = tuple((_short(file), int(line), _short(name)) for file, line, name in places)
        kinds = tuple(map(_short, fields["kinds"][:MOST_PLACES]))
        return Raised(kinds or ("?",), _short(fields["message"]), where, _short(fields["traceback"]))
    except Exception:  # an endless number is an OverflowError, and there may be more
        return NoAnswer(NONSENSE, disturbed=False)


def _short(text: object) -> str:
    return str(text)[-TEXT_CHARACTERS:]


def _read(stream, answers: queue.Queue[bytes]) -> None:
    """Line by line, and at the end an empty one."""
    with stream:
        while line := stream.readline(ANSWER_BYTES + 1):
            answers.put(line)
            if len(line) > ANSWER_BYTES:
                break
    answers.put(b"")


def _send(process: Running, line: bytes) -> None:
    with suppress(OSError):  # the process is gone, as the reader will notice
        process.send(line)
