"""What a command has cost, in time of the processor: a clock would show the work of others as well."""

from __future__ import annotations

import os

QUICK = 3  # seconds


def spent(before: os.times_result) -> float:
    """Seconds of the processor that children of this process have had since."""
    now = os.times()
    return now.children_user + now.children_system - before.children_user - before.children_system
