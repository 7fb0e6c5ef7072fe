"""What an answer consists of, as numbers that can be compared: read by ``syntax_reader``, in a process that can do
nothing else. No parser in this process sees what somebody handed in.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress

from workbook.labs.sandbox.contents import INSIDE
from workbook.labs.sandbox.surroundings import environment

SCRIPT = INSIDE / "syntax_reader.py"
CPU_SECONDS = 2  # for one answer, which takes less than a tenth of that
HANG_SECONDS = 60  # where no system bounds the processor's time, or the machine is busy
ANSWER_BYTES = 2 * 1024 * 1024


def runs_in(files: Mapping[str, bytes], parts: Sequence[tuple[str, str]], run: int) -> set[int]:
    """A number for each ``run`` pieces in a row of the answers; ``parts`` are their files, and what is in those.

    The same runs have the same numbers in every process. None for a file that cannot be read, for one that takes more
    time or memory than an answer may, and for an answer whose process says anything else.
    """
    text = {file: files[file].decode("latin-1") for file, _ in parts if file in files}
    asked = json.dumps({"parts": parts, "files": text, "run": run}).encode()
    with subprocess.Popen(
        [sys.executable, "-E", "-s", "-S", str(SCRIPT), str(CPU_SECONDS)],
        cwd=INSIDE,
        env=environment("/"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        late = threading.Timer(HANG_SECONDS, process.kill)
        late.start()
        try:
            with suppress(OSError):  # it has ended, as the answer will show
                process.stdin.write(asked)
                process.stdin.close()
            answer = process.stdout.read(ANSWER_BYTES)
        finally:
            late.cancel()
            process.kill()
    return _numbers(answer)


def _numbers(answer: bytes) -> set[int]:
    """What it has said; a process that a file has taken over may write anything."""
    with suppress(ValueError, RecursionError):
        numbers = json.loads(answer)
        if isinstance(numbers, list) and {type(number) for number in numbers} <= {int}:
            return set(numbers)
    return set()
