"""The servers to compare: each is a script, asked the same question in its own protocol."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "contestants"
WORKERS = 2
# The course's own server, which the verdicts are about, and the two that it is compared with.
REFERENCE = "reference"
COURSE_NOTES = "course notes"
FLOOR = "floor"


def _image(rows: list[list[int]]) -> dict:
    return {"image": rows}


def _result(answer: dict) -> list[float]:
    return answer["result"][0]


@dataclass(frozen=True)
class Contestant:
    """A script in ``contestants/`` that serves on 127.0.0.1 and reads ``PORT``, ``MODELS`` and ``WORKERS`` from its
    environment: where to listen, a model repository with ``clothes/1``, and how many processes to start.

    ``body`` wraps an image, 28 rows of 28 whole numbers, into its request; ``scores`` takes the ten scores out of its
    answer.
    """

    name: str
    script: str
    path: str = "/models/clothes/v1"
    ready: str = "/healthz"
    workers: int = WORKERS
    body: Callable[[list[list[int]]], dict] = _image
    scores: Callable[[dict], list[float]] = _result

    @property
    def file(self) -> Path:
        return FOLDER / self.script

    def prepare(self) -> None:
        """Get what the script needs; for these there is nothing to do."""

    def python(self) -> str:
        """The interpreter that has what the script imports."""
        return sys.executable


CONTESTANTS = (
    Contestant(COURSE_NOTES, "course_notes.py", workers=1),
    Contestant(REFERENCE, "reference.py", ready="/readyz"),
    Contestant(FLOOR, "floor.py"),
)
# Measured when it is named: what the statistics of drift cost, which the reference takes of each picture.
BY_NAME = (Contestant("unwatched", "unwatched.py", ready="/readyz"),)
