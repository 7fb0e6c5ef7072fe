"""The commands that a page tells its reader to type, and a clone of the course to type them in."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline import dataset

FENCE = re.compile(r"^ *```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`((?:make|docker compose|\.venv/bin/\w+|git checkout|conda)[^`]*)`")
STARTUP_SECONDS = 300  # against hanging, as are the others here


def commands_in(page: str) -> list[str]:
    """All commands of a page, in order and each once: the lines of its shell blocks, and those within a sentence."""
    found = []
    for block, span in re.findall(f"{FENCE.pattern}|{SPAN.pattern}", page, re.MULTILINE | re.DOTALL):
        lines = [line.partition(" # ")[0].strip() for line in block.splitlines()] or [" ".join(span.split())]
        found += [line for line in lines if line]
    return [command for command in dict.fromkeys(found) if command not in NAMES]


# What stands in a sentence as the name of a thing, not as something to type.
NAMES = {"make", ".venv/bin/workbook"}


class Clone:
    """A clone of the course in which a shell types commands, as a page has them."""

    data = dataset.cache_folder()

    def __init__(self, folder: Path):
        self.folder = folder

    def type(self, command: str, expected: int = 0, **settings: str) -> str:
        """Run a command to its end; returns what it prints, errors included."""
        environment = {**self._environment(), **settings}
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == expected, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    @contextmanager
    def typed(self, command: str, pattern: str) -> Iterator[str]:
        """Start a command that goes on, wait until it prints ``pattern``, yield its first group, and stop it."""
        process = subprocess.Popen(
            command,
            shell=True,
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        end = threading.Timer(STARTUP_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        end.start()
        try:
            seen = []
            for line in process.stdout:
                seen.append(line)
                if match := re.search(pattern, line):
                    break
            else:
                raise AssertionError(f"{command} ended: {''.join(seen)}")
            end.cancel()
            yield match[1]
        finally:
            end.cancel()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=120)

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "HOME": str(self.folder / "home"),
            "KERAS_HOME": str(self.data.parents[1]),
            "PYTHONPATH": str(self.folder),
            "PYTHONUNBUFFERED": "1",
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "BROWSER": "true",  # `make lab` would open one
        }
