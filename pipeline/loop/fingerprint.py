"""Hashes that stand for what goes into a model: its code, and all of its inputs together."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
COUNTS = ("pipeline/*.py", "pipeline/loop/*.py", "server/*.py")  # what can change a model, its files or its figures


def code_hash() -> str:
    """The SHA-256 of the code that makes a model, in hexadecimal: names and contents of the files that count."""
    return file_hash(*COUNTS)


def file_hash(*patterns: str) -> str:
    """The SHA-256, in hexadecimal, of the names and contents of the course's files that fit any of ``patterns``."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
        digest.update(f"{path.relative_to(ROOT).as_posix()}\n".encode())
        digest.update(path.read_text(encoding="utf-8").encode())  # as text: a checkout on Windows has other line ends
    return digest.hexdigest()


def key_of(*parts: object) -> str:
    """The SHA-256 of plain values, in hexadecimal: the same inputs have the same key."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
