"""How far the student is with a notebook: begun, or run to its end. JupyterLab says which, IPython when."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from workbook import record
from workbook.paths import NOTEBOOKS, course_folder

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult

BEGUN, ENDED = "begin", "end"


def follow() -> None:
    """Record that this kernel's notebook was begun and, once its last code cell runs without an error, that it ended.

    Only if Jupyter's server started the kernel, because only it says for which notebook: not in a run by papermill or
    nbval, which is not a student's.
    """
    from IPython import get_ipython  # here, not above: the command needs no kernel, and this takes a while

    shell, path = get_ipython(), Path(os.environ.get("JPY_SESSION_NAME", ""))
    course = course_folder()
    if shell is None or path.parent != course / NOTEBOOKS:
        return

    def note_end(result: ExecutionResult) -> None:
        if result.success and result.info.cell_id == _last_code_cell(path):
            record.add(course, ENDED, notebook=path.name)

    if not record.entries(course, event=BEGUN, notebook=path.name):
        record.add(course, BEGUN, notebook=path.name)
    shell.events.register("post_run_cell", note_end)


def standing(course: Path, name: str) -> tuple[str, str]:
    """The dates, YYYY-MM-DD or empty, on which a notebook was begun and last run to its end."""
    begun, ended = (record.entries(course, event=event, notebook=name) for event in (BEGUN, ENDED))
    return record.date(begun), record.date(ended[-1:])


def _last_code_cell(path: Path) -> str:
    import nbformat

    cells = nbformat.read(path, as_version=4).cells
    return [cell.id for cell in cells if cell.cell_type == "code" and cell.source.strip()][-1]
