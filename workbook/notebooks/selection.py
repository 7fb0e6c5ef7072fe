"""The existing notebooks, in order."""

from __future__ import annotations

from pathlib import Path

from workbook.errors import UserError
from workbook.paths import NOTEBOOKS, course_folder


def select(numbers: list[str], start: str | None = None) -> list[Path]:
    """The notebooks with these numbers (``"2"`` and ``"02"`` mean the same), in order; all for an empty list.

    With ``start``, only that number and those after it. Raises ``UserError`` for a number that no notebook has.
    """
    every = sorted((course_folder() / NOTEBOOKS).glob("[0-9][0-9]_*.ipynb"))
    wanted = {number.zfill(2) for number in numbers}
    first = start.zfill(2) if start else ""
    there = {path.name[:2] for path in every}
    if unknown := sorted((wanted | {first} - {""}) - there):
        raise UserError(f"no notebook {', '.join(unknown)}; there are {', '.join(sorted(there))}")
    selected = [path for path in every if path.name[:2] >= first and (not wanted or path.name[:2] in wanted)]
    if not selected:
        raise UserError(f"--from {first}: none of the notebooks {', '.join(sorted(wanted))} comes after it")
    return selected
