"""Where the course is, and where what is made in it goes."""

from __future__ import annotations

from pathlib import Path

from workbook.errors import UserError

NOTEBOOKS = "notebooks"
WORK = "work"


class NoCourse(UserError):
    """The current folder is not in a copy of the course."""


def course_folder(outside: Path | None = None) -> Path:
    """The folder that contains ``notebooks/``: the current one or the nearest above it; none that is in ``outside``.

    Raises ``NoCourse``.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / NOTEBOOKS).is_dir() and not (outside and folder.is_relative_to(outside.resolve())):
            return folder
    raise NoCourse(f"{here} is not inside the course: go to the folder that holds {NOTEBOOKS}/ and repeat")
