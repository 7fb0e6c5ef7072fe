"""What a lab's ``checks.py`` is written with: ``@check`` above a test, ``expect`` and ``refusal`` in it.

A check says what it sent, what it expected and what it got. It gets the ``student`` from a fixture, and compares in
its own process, to which the student's code has no way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from workbook.labs.sandbox.student import Raised, Student

__all__ = ["CheckFailed", "Raised", "Student", "accepted", "check", "expect", "refusal"]

MARK = "lab_check"
LONGEST = 300


class CheckFailed(AssertionError):
    """A check that did not get what it expected. ``raised`` is what it got, if that was raised."""

    def __init__(self, sent: str, expected: str, got: object) -> None:
        super().__init__(f"sent {sent}; expected {expected}; got {shown(got)}")
        self.sent, self.expected, self.got = sent, expected, shown(got)
        self.raised = got if isinstance(got, Raised) else None


def check(task: int, points: int, likely: str, read: str) -> Callable:
    """Mark a test as a check of ``task`` worth ``points``. Its docstring's first line is its title.

    ``likely`` is the likely cause of a failure, ``read`` the section of the notebook that explains it.
    """
    return getattr(pytest.mark, MARK)(task=task, points=points, likely=likely, read=read)


def expect(condition: object, sent: str, expected: str, got: object) -> None:
    """Raise ``CheckFailed`` unless ``condition`` holds."""
    if not condition:
        raise CheckFailed(sent, expected, got)


def refusal(student: Student, kind: str, sent: str, function: str, *arguments: object, but_not: str = "") -> str:
    """The message of the exception ``kind`` that the call must raise. Raises ``CheckFailed`` if it raises no such.

    ``but_not`` is a kind of ``kind`` that it must not be.
    """
    try:
        got = student.call(function, *arguments)
    except Raised as error:
        if kind in error.kinds and but_not not in error.kinds:
            return error.message
        if "NotImplementedError" in error.kinds:
            raise
        got = error
    raise CheckFailed(sent, f"a {kind}{f', but no {but_not}' if but_not else ''}", got)


def accepted(student: Student, kind: str, sent: str, function: str, *arguments: object) -> object:
    """What the call returns, which must not raise ``kind``: to refuse everything is no answer to what is wrong."""
    try:
        return student.call(function, *arguments)
    except Raised as error:
        if kind not in error.kinds:
            raise
        got = error
    raise CheckFailed(sent, f"no {kind}: only what is wrong is refused", got)


def shown(value: object) -> str:
    """A value in a line: an array by shape, dtype and range."""
    try:
        return _line_of(value)
    except Exception as error:  # of a number or a nesting too long to be written out
        return f"a {type(value).__name__} that cannot be shown: {error}"


def _line_of(value: object) -> str:
    if isinstance(value, np.ndarray) and value.size > 10:
        ends = f", from {value.min()} to {value.max()}" if value.dtype.kind in "biuf" else ""
        return f"an array of shape {value.shape}, {value.dtype}{ends}"
    text = str(value) if isinstance(value, str | Exception) else repr(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"
