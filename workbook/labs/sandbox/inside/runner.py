"""Runs in the student's process: calls the functions it is asked for, and sends back what they return or raise.

It has no expected values and gives no verdict: those stay with the checks, in another process. It is started as a
script, with the course's packages, including the student's files, in the current folder.

Arguments: megabytes of addresses for each process, seconds of processor time, and number of processes, 0 for no limit
(the system counts the processes of a user, so only a user made for this process can have a limit); then the libraries
to import before time counts: on a machine under load they alone may take longer than a call is allowed.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import wire

FILE_BYTES = 16 * 1024 * 1024
READY = b"ready\n"  # before anything of the student's is imported: from here on, time counts
OPEN_FILES = 256  # sockets count, too, and each may hold memory that is not counted for any process


def limit(megabytes: int, seconds: int, processes: int) -> None:
    """Limit what this process and its children may use, if the system has such limits (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    size = megabytes * 1024 * 1024
    limits = {"RLIMIT_AS": size, "RLIMIT_CPU": seconds, "RLIMIT_FSIZE": FILE_BYTES, "RLIMIT_CORE": 0}
    limits["RLIMIT_NOFILE"] = OPEN_FILES
    if processes:
        limits["RLIMIT_NPROC"] = processes
    for kind, most in limits.items():
        # macOS does not limit the address space; a limit that it refuses is left as it is.
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, kind), (most, most))


def preload(modules: list[str]) -> None:
    """Import what is there of them; what is missing or fails is told when the student's code asks for it."""
    for module in modules:
        with suppress(Exception):
            importlib.import_module(module)


def find(function: str) -> Callable:
    """``"package.module:name"`` or ``"package.module:Class.method"``."""
    module, _, path = function.partition(":")
    found = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found


def answer(line: bytes) -> bytes:
    """Make one call; what it raises is an answer, too."""
    request = wire.load(line)
    try:
        value = find(request["function"])(*request["arguments"], **request["keywords"])
    except BaseException as error:  # SystemExit as well: the student's code must not end the conversation with it
        return wire.dump({"raised": describe(error)})
    try:
        return wire.dump({"value": value})
    except Exception:  # a number too long to write out, a list that contains itself, a name that cannot be encoded
        return wire.dump({"value": wire.Other(type(value).__name__)})


def describe(error: BaseException) -> dict:
    """What was raised, and where: the last line of the student's own files, if it was there."""
    here = str(Path.cwd())
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(here)]
    own = [(Path(frame.filename).name, frame.lineno, frame.name) for frame in frames]
    if isinstance(error, SyntaxError) and error.filename:
        own.append((Path(error.filename).name, error.lineno or 0, ""))
    return {
        "kinds": [kind.__name__ for kind in type(error).__mro__],
        "message": _message_of(error)[:2000],
        "where": [list(place) for place in own],
        "traceback": _traceback_of(error),
    }


def _message_of(error: BaseException) -> str:
    """In the student's words, if a limit of this process is the reason."""
    if isinstance(error, SyntaxError):
        return str(error.msg)  # its text ends with its place, which is reported anyway
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return f"more than {FILE_BYTES // 1024**2} MB were printed, or written to one file: print less"
    if isinstance(error, MemoryError) and not str(error):
        return "it takes more memory than it may"
    return str(error)


def _traceback_of(error: BaseException) -> str:
    """Its last calls, without those of the checks, which a student has not written and cannot read."""
    told = one = traceback.TracebackException.from_exception(error, limit=-40)
    while one:
        one.stack[:] = [frame for frame in one.stack if not _is_of_checks(Path(frame.filename))][-8:]
        one = one.__cause__ or one.__context__
    return "".join(told.format())[-6000:]


def _is_of_checks(file: Path) -> bool:
    return file.parent == Path(__file__).parent or file.name.endswith("driver.py")


def main() -> None:
    # What the student's code prints must not get into the answers, so these have their own channel.
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    megabytes, seconds, processes, *modules = sys.argv[1:]
    limit(int(megabytes), int(seconds), int(processes))
    preload(modules)
    sys.path.insert(0, str(Path.cwd()))
    answers.write(READY)
    answers.flush()
    for line in requests:
        answers.write(answer(line))
        answers.flush()


if __name__ == "__main__":
    main()
