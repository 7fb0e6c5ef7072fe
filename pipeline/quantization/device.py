"""A LiteRT file on a machine as small as a Raspberry Pi: one core, little memory, a process that measures itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MEGABYTES = 600  # of addresses, which is more than what is used: Python and LiteRT alone reserve half of it
CALLS = 2000


@dataclass(frozen=True)
class Measured:
    """``microseconds`` of processor time for one picture; ``megabytes`` that the model adds to the process, and all."""

    microseconds: float
    added_megabytes: float
    megabytes: float


def measure(path: Path, calls: int = CALLS) -> Measured:
    """Run a ``.tflite`` file in a process of its own. Raises ``RuntimeError`` with what it said, if it failed."""
    command = [*fetters(), sys.executable, "-m", "pipeline.quantization", str(path), str(calls)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError(f"{path.name} was not measured: {said[-1]}")
    return Measured(**json.loads(done.stdout))


def fetters() -> list[str]:
    """What keeps a command to one core and ``MEGABYTES``, where Linux's tools are there; nothing elsewhere."""
    if not (shutil.which("taskset") and shutil.which("prlimit")):
        return []
    core = min(os.sched_getaffinity(0))
    return ["taskset", "--cpu-list", str(core), "prlimit", f"--as={MEGABYTES * 2**20}"]
