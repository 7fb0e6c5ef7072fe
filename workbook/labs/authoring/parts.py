"""The parts of a reference that tasks are about: functions, sections of a Dockerfile, keys of a YAML file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """Where a part is, in lines of its file from 0, ends excluded.

    ``whole`` is all of it, ``answer`` the part that the student writes. ``text`` says what to write: a docstring or a
    comment. ``stub`` is the line that the starter has instead of the answer, with ``{}`` for the task's name.
    """

    whole: range
    answer: range
    text: str
    stub: str
