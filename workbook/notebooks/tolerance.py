"""Numbers that differ from run to run, within what a cell's metadata allow.

``"tolerance": [{"after": "test accuracy", "absolute": 0.02}]`` applies to each number that comes after these words on
its line; without ``after``, to each number with a decimal point. Besides ``absolute`` there are ``relative``, a share
of the smaller of the two, and ``band``, ``[lowest, highest]``. All other numbers, and the words, are compared exactly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

KEY = "tolerance"
KINDS = ("absolute", "relative", "band")
# 1,234.5 or 1.5e-6; not the digits of 28x28, v2 or 127.0.0.1
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\w|\.\d)")


@dataclass(frozen=True)
class Tolerance:
    """How far a number that comes ``after`` these words may be from the stored one: ``kind`` and ``size``."""

    after: str
    kind: str
    size: float | tuple[float, float]

    def holds_for(self, line_before: str, number: str) -> bool:
        return self.after in line_before if self.after else "." in number

    def allows(self, stored: float, new: float) -> bool:
        if self.kind == "band":
            return all(self.size[0] <= value <= self.size[1] for value in (stored, new))
        unit = min(abs(stored), abs(new)) if self.kind == "relative" else 1
        return abs(new - stored) <= self.size * unit


@dataclass(frozen=True)
class Spot:
    """A number in a text, its place, and what else it may be."""

    start: int
    end: int
    text: str
    tolerance: Tolerance | None

    @property
    def value(self) -> float:
        return float(self.text.replace(",", ""))


def tolerances_of(cell: NotebookNode) -> list[Tolerance]:
    """The tolerances that a cell states. Raises ``ValueError`` for an invalid one."""
    return [_tolerance(stated) for stated in cell.metadata.get(KEY, [])]


def _tolerance(stated: dict) -> Tolerance:
    kinds = [kind for kind in KINDS if kind in stated]
    if len(kinds) != 1 or set(stated) - {"after", *kinds}:
        raise ValueError(f"{dict(stated)} is not a tolerance; expected one of {', '.join(KINDS)}, and perhaps after")
    size = stated[kinds[0]]
    return Tolerance(stated.get("after", ""), kinds[0], tuple(size) if isinstance(size, list) else size)


def spots_in(text: str, tolerances: list[Tolerance]) -> Iterator[Spot]:
    """The numbers of a text, in order."""
    for found in NUMBER.finditer(text):
        line_before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        fitting = (tolerance for tolerance in tolerances if tolerance.holds_for(line_before, found[0]))
        yield Spot(found.start(), found.end(), found[0], next(fitting, None))


def as_stored(stored: str, new: str, tolerances: list[Tolerance]) -> str:
    """``new``, with each number that is near enough replaced by the stored one.

    The number of spaces does not count, because they give way to longer numbers.
    """
    before, after = list(spots_in(stored, tolerances)), list(spots_in(new, tolerances))
    if not tolerances or _words(stored, before) != _words(new, after):
        return new
    near = [_is_near(*pair) for pair in zip(before, after, strict=True)]
    if all(near):
        return stored
    for old, now, is_near in reversed(list(zip(before, after, near, strict=True))):
        if is_near:
            new = new[: now.start] + old.text + new[now.end :]
    return new


def _is_near(stored: Spot, new: Spot) -> bool:
    if stored.text == new.text:
        return True
    return stored.tolerance is not None and stored.tolerance.allows(stored.value, new.value)


def _words(text: str, spots: list[Spot]) -> list[list[str]]:
    """The text before, between and after the numbers."""
    ends = [0, *(spot.end for spot in spots)]
    starts = [*(spot.start for spot in spots), len(text)]
    return [text[end:start].split() for end, start in zip(ends, starts, strict=True)]
