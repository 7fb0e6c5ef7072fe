"""A student's process on this machine: what the checks need of it, whichever way it was started.

``workbook.labs.sandbox.container.Contained`` is the same for a process in a container.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from workbook.labs.sandbox.process_tree import Process, end_family, end_if_large

# One thread for each numeric library, and TensorFlow quiet, on the processor.
NUMERIC = {
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
}
# What Python itself needs of the caller's environment.
KEPT = ("PATH", "LANG", "SYSTEMROOT", "TMPDIR", "TEMP")


class Local:
    """A ``process`` with pipes to and from it; ``answers`` is what it writes to its standard output.

    ``most`` is how many bytes of memory it may hold with all that it starts; None for no bound.
    """

    def __init__(self, process: Process, most: int | None = None) -> None:
        self._process = process
        self.answers: BinaryIO = process.stdout
        if most is not None:
            threading.Thread(target=end_if_large, args=(process, most), daemon=True).start()

    def send(self, line: bytes) -> None:
        """Raises ``OSError`` if the process is gone."""
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def status(self) -> int | None:
        """The exit status of a process that has just ended; None if it does not end."""
        try:
            return self._process.wait(1)
        except subprocess.TimeoutExpired:
            return None

    def starved(self) -> float:
        """Seconds that the threads of its whole family have waited for a processor, where the system says so.

        The student's code is a grandchild where it runs in namespaces.
        """
        return sum(map(_starved, _family(self._process.pid)))

    def end(self) -> None:
        """End it and all that it has started; return when they are gone."""
        end_family(self._process)


def _family(number: int) -> Iterator[int]:
    """A process and all that it has started, by the kernel's lists: a look at every process costs more."""
    yield number
    for children in Path(f"/proc/{number}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text(encoding="ascii").split():
                yield from _family(int(child))


def _starved(number: int) -> float:
    with suppress(OSError, ValueError, IndexError):
        threads = Path(f"/proc/{number}/task").glob("*/schedstat")
        return sum(int(thread.read_text(encoding="ascii").split()[1]) for thread in threads) / 1e9
    return 0.0


def fresh(command: list[str], folder: Path, environment: Mapping[str, str], log: BinaryIO) -> subprocess.Popen:
    """``command`` in ``folder``, in a session of its own; what it prints to standard error goes to ``log``."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
    )


def environment(home: str) -> dict[str, str]:
    """For a process on this machine: nothing of the caller's environment but what Python needs to run."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, **own_environment(home), "USERPROFILE": home}


def own_environment(home: str) -> dict[str, str]:
    """The part that is the same on every machine."""
    return {**NUMERIC, "HOME": home, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
