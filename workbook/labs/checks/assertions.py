"""What a lab's ``checks.py`` is written with: ``@check`` above a test, ``returned``, ``expect`` and ``refusal`` in it.

A check says what it sent, what it expected and what it got. It gets the ``student`` from a fixture, and compares in its
own process, which the student's code cannot reach.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from workbook.labs.sandbox.inside.wire import Other
from workbook.labs.sandbox.student import NoAnswer, Raised, Student

__all__ = ["CheckFailed", "Raised", "Student", "accepted", "check", "expect", "of_kind", "refusal", "returned"]

MARK = "lab_check"
LONGEST = 300
FEW = 10  # numbers that are written out
NOTHING = "None: nothing came back. Is a `return` missing?"
KINDS = {
    np.ndarray: "a NumPy array",
    dict: "a dictionary",
    list: "a list",
    tuple: "a tuple",
    str: "text",
    bytes: "bytes",
    bool: "a truth value",
    int: "a number",
    float: "a number",
}


class CheckFailed(AssertionError):
    """A check that did not get what it expected.

    ``raised`` is what it got, if that was raised. ``fits``: the likely cause was written for a failure of this kind; it
    never is for None, which somebody forgot to return. ``how`` it failed: "nothing" came back, or a value of another
    "kind", or something was "raised"; "other" if two values differ in a way that does not fit, otherwise empty.
    """

    def __init__(self, sent: str, expected: str, got: object, fits: bool = True, how: str = "") -> None:
        super().__init__(f"sent {sent}; expected {expected}; got {shown(got)}")
        self.sent, self.expected, self.got = sent, expected, shown(got)
        self.raised = got if isinstance(got, Raised) else None
        self.fits = fits and got is not None
        self.how = how or ("nothing" if got is None else "raised" if isinstance(got, Exception) else "")


def check(task: int, points: int, likely: str, read: str) -> Callable:
    """Mark a test as a check of ``task`` worth ``points``. The first line of its docstring is its title.

    ``likely`` is the likely cause of a failure, ``read`` the section of the notebook that explains it.
    """
    return getattr(pytest.mark, MARK)(task=task, points=points, likely=likely, read=read)


def expect(condition: object, sent: str, expected: str, got: object, fits: bool = True) -> None:
    """Raise ``CheckFailed`` unless ``condition`` holds.

    ``fits``: whether the check's likely cause was written for this failure; if not, it is left out.
    """
    if not condition:
        raise CheckFailed(sent, expected, got, bool(fits), "" if fits else "other")


def returned(
    student: Student, sent: str, expected: str, function: str, *arguments: object, kind: type | None = None
) -> object:
    """What the call returns. Raises ``CheckFailed`` for None and, if ``kind`` is given, for a value of another kind.

    What the call raises is passed on, with what was sent and expected.
    """
    try:
        got = student.call(function, *arguments)
    except (Raised, NoAnswer) as error:
        error.sent, error.expected = sent, expected
        raise
    return of_kind(got, sent, expected, kind)


def of_kind(got: object, sent: str, expected: str, kind: type | None = None) -> object:
    """``got``, which a function has returned. Raises ``CheckFailed`` for None and for a value of another ``kind``."""
    if got is None:
        raise CheckFailed(sent, expected, NOTHING, fits=False, how="nothing")
    if kind and not isinstance(got, kind):
        more = "" if isinstance(got, Other) else f": {shown(got)}"
        raise CheckFailed(sent, expected, f"{_kind_of(got)} and not {KINDS[kind]}{more}", fits=False, how="kind")
    return got


def refusal(student: Student, kind: str, sent: str, function: str, *arguments: object, but_not: str = "") -> str:
    """The message of the exception ``kind`` that the call must raise. Raises ``CheckFailed`` if it does not.

    ``but_not`` is a kind of ``kind`` that it must not be.
    """
    expected = f"a {kind}{f', but no {but_not}' if but_not else ''}"
    try:
        got = student.call(function, *arguments)
    except Raised as error:
        if kind in error.kinds and but_not not in error.kinds:
            return error.message
        if "NotImplementedError" in error.kinds:
            raise
        got = error
    except NoAnswer as error:
        error.sent, error.expected = sent, expected
        raise
    raise CheckFailed(sent, expected, got)


def accepted(student: Student, kind: str, sent: str, function: str, *arguments: object) -> object:
    """What the call returns, which must not raise ``kind``: refusing everything does not count as finding what is
    wrong."""
    expected = f"no {kind}: only what is wrong is refused"
    try:
        return student.call(function, *arguments)
    except (Raised, NoAnswer) as error:
        error.sent, error.expected = sent, expected
        if not isinstance(error, Raised) or kind not in error.kinds:
            raise
        got = error
    raise CheckFailed(sent, expected, got)


def shown(value: object) -> str:
    """A value in one line: an array by shape, dtype and range."""
    try:
        return _line_of(_plain(value))
    except Exception as error:  # of a number or a nesting too long to be written out
        return f"a {type(value).__name__} that cannot be shown: {error}"


def _kind_of(value: object) -> str:
    if isinstance(value, Other):
        return repr(value)
    return next((words for kind, words in KINDS.items() if isinstance(value, kind)), f"a {type(value).__name__}")


def _plain(value: object) -> object:
    """NumPy's numbers as Python's, even in lists: otherwise they would look like code."""
    if isinstance(value, np.generic | np.ndarray) and value.ndim == 0:
        return value.item()
    if isinstance(value, list | tuple):
        return type(value)(map(_part, value))
    return {key: _part(one) for key, one in value.items()} if isinstance(value, dict) else value


def _part(value: object) -> object:
    """An element: a large array is put into words, as it is when it comes alone."""
    is_large = isinstance(value, np.ndarray) and value.size > FEW
    return Other(_line_of(value).removeprefix("an ")) if is_large else _plain(value)


def _line_of(value: object) -> str:
    if isinstance(value, np.ndarray) and value.size > FEW:
        ends = f", from {value.min()} to {value.max()}" if value.dtype.kind in "biuf" else ""
        return f"an array of shape {value.shape}, {value.dtype}{ends}"
    text = str(value) if isinstance(value, str | Exception) else re.sub(r"\n\s*", " ", repr(value))
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"
