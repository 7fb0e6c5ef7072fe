"""A guess before the answer: asked in one cell, shown beside the answer in a later one.

Only a guess in the notebook counts, so that a notebook without one prints the same whatever was guessed before. It is
also kept in ``work/guesses.json``, for the student to look back at.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from numbers import Real
from pathlib import Path

from workbook.paths import WORK

NUMBER, ORDER = "a number from {:,} to {:,}", "all of these, in your order: {}"
FILE = f"{WORK}/guesses.json"

_given: dict[str, object] = {}  # in this kernel


def guess(
    name: str,
    yours: object,
    *,
    between: tuple[float, float] | None = None,
    among: Sequence[str] = (),
    order: Sequence[str] = (),
) -> None:
    """Take ``yours``: a number ``between`` two, a text ``among`` several, or these in an ``order``; ``...`` means none
    yet.

    Prints the guess. What cannot be a guess is not taken, and the line says what could be; it raises nothing, so that
    *Run All* goes on.
    """
    expected = NUMBER.format(*between) if between else ORDER.format(list(order)) if order else f"one of {list(among)}"
    _given.pop(name, None)
    if yours is ...:
        print(f"{name}: put {expected} in place of the dots, and run this cell again")
    elif not _can_be(yours, between, among, order):
        print(f"{name}: {yours!r} cannot be it; expected {expected}")
    else:
        _given[name] = yours
        _keep(name, yours)
        print(f"{name}: your guess is {_told(yours)}. Now run on, and see")


def reveal(name: str, answer: float | str | Sequence[str], digits: int = 3) -> None:
    """Print the answer, a number with ``digits`` decimal places, and beside it what was guessed in this kernel."""
    right = f"{answer:,.{digits}f}" if isinstance(answer, Real) else _told(answer)
    if name not in _given:
        print(f"{name}: {right}")
        return
    yours = _given[name]
    if isinstance(answer, Real):
        verdict = f"off by {abs(yours - answer):,.{digits}f}"
    else:
        verdict = "right" if _told(yours) == right else "not so"
    print(f"{name}: {right}; your guess was {_told(yours)}, {verdict}")


def _can_be(yours: object, between: tuple | None, among: Sequence[str], order: Sequence[str]) -> bool:
    if between:
        is_number = isinstance(yours, Real) and not isinstance(yours, bool)
        return is_number and between[0] <= yours <= between[1]
    if order:
        return isinstance(yours, list | tuple) and sorted(map(str, yours)) == sorted(order)
    return yours in among


def _told(guessed: object) -> str:
    if isinstance(guessed, Real):
        return f"{guessed:,}"
    return ", ".join(map(str, guessed)) if isinstance(guessed, list | tuple) else f"{guessed}"


def _keep(name: str, yours: object) -> None:
    """Added to the earlier ones, in a file that is written as a whole or not at all."""
    path = Path(FILE)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # the first, or a file that somebody has edited
        kept = {}
    kept = kept if isinstance(kept, dict) else {}
    path.parent.mkdir(exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(json.dumps({**kept, name: yours}, indent=1, ensure_ascii=False, default=float), encoding="utf-8")
    new.replace(path)
