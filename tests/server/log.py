"""A server's log, as the tests read it."""

from __future__ import annotations

import json
from pathlib import Path


def log_lines(log: Path) -> list[dict]:
    """The objects in a log. Only a newline ends one: a path that somebody asks for may hold U+0085, at which
    ``str.splitlines`` would break it."""
    return [json.loads(line) for line in log.read_bytes().splitlines() if line]
