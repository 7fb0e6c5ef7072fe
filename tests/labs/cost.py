"""What a command has cost, in time of the processor: a clock would show the work of others as well."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache

# Both processes of a check import these. A machine whose processors are slow today is slow here, too.
IMPORTS = "import flask, numpy, pytest, rich.console, typer"
TIMES = 10  # a lab of 400 requests stays below that, and TensorFlow alone does not


def spent(before: os.times_result) -> float:
    """Seconds of the processor that children of this process have had since."""
    now = os.times()
    return now.children_user + now.children_system - before.children_user - before.children_system


@cache
def quick() -> float:
    """What a check may take at most, as ``spent`` has it: some times what importing libraries takes here and now."""
    before = os.times()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)
    return TIMES * spent(before)
