"""Steps of the loop in a process of their own, so that TensorFlow does not slow down what goes on in this one.

    python -m workbook.loop.apart FILE

takes a list of calls on standard input, as JSON, and writes a line with the result of each to ``FILE``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psutil

from workbook.errors import UserError


class StepFailed(UserError):
    """A step ended with an error. The message is the last line that its process printed."""


def apart(calls: list[tuple[str, list]]) -> list:
    """The results of ``calls``, each the name of a function of ``pipeline.loop.steps`` and its arguments.

    They are made one after the other, in one process, which ends with this one if that is interrupted. Raises
    ``StepFailed``.
    """
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        command = [sys.executable, "-m", "workbook.loop.apart", str(results)]
        done = subprocess.run(command, input=json.dumps(calls), capture_output=True, text=True, check=False)
        if done.returncode:
            raise StepFailed((done.stderr.strip().splitlines() or ["it printed nothing"])[-1])
        return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    parent = psutil.Process(os.getppid())
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    from pipeline.loop import steps

    with Path(sys.argv[1]).open("w", encoding="utf-8") as results:
        for name, arguments in json.load(sys.stdin):
            print(json.dumps(getattr(steps, name)(*arguments)), file=results)


def _end_with(parent: psutil.Process) -> None:
    """A loop that is killed cannot end this process, which would train on for nobody."""
    parent.wait()
    os._exit(1)


if __name__ == "__main__":
    main()
