"""Which notebooks there are, in order."""

from __future__ import annotations

from pathlib import Path

from workbook.errors import UserError
from workbook.paths import NOTEBOOKS, course_folder


def select(numbers: list[str]) -> list[Path]:
    """The notebooks with these numbers (``"2"`` and ``"02"`` mean the same), in order; all for an empty list.

    Raises ``UserError`` for a number that no notebook has.
    """
    every = sorted((course_folder() / NOTEBOOKS).glob("[0-9][0-9]_*.ipynb"))
    wanted = {number.zfill(2) for number in numbers}
    there = {path.name[:2] for path in every}
    if unknown := sorted(wanted - there):
        raise UserError(f"no notebook {', '.join(unknown)}; there are {', '.join(sorted(there))}")
    return [path for path in every if not wanted or path.name[:2] in wanted]
