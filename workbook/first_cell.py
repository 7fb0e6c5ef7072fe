"""What each notebook calls in its first code cell."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from server.model_card import EXTRA_FOLDER, PINNED_MODELS
from server.proxies import spare_this_machine
from server.quiet import import_tensorflow
from workbook.errors import UserError, told_in_one_line
from workbook.jupyter import attendance
from workbook.paths import WORK, course_folder

if TYPE_CHECKING:
    from workbook.labs.desk.open_lab import OpenLab


def start(tensorflow: bool = True) -> None:
    """Go to the course's folder, make ``work/`` there, and import TensorFlow without its chatter.

    How far the student gets is noted for the list of the course. Servers on this machine are called without a proxy.

    Jupyter starts a kernel in the notebook's own folder; from here on, ``work/…`` means the same in every
    notebook and in a terminal. With ``tensorflow=False`` the seven seconds of its import are saved.
    """
    os.chdir(course_folder())
    _make_work()
    spare_this_machine()
    attendance.follow()
    if tensorflow:
        import_tensorflow()


def _make_work() -> None:
    """Raises ``UserError`` if nothing can be written to it: better now than after an hour of training."""
    try:
        Path(WORK).mkdir(exist_ok=True)
        tempfile.TemporaryFile(dir=WORK).close()
    except OSError as error:
        raise UserError(told_in_one_line(error) or f"{WORK}/ cannot be written to: {error}") from error


def clothes_model() -> Path:
    """``work/clothes.keras``: what notebook 02 saved or, if there is nothing, a copy of the pinned model."""
    path = Path(WORK) / "clothes.keras"
    if not path.exists():
        # Another notebook may be looking for it right now: it sees either nothing or the whole file.
        copy = Path(f"{path}.{os.getpid()}")
        shutil.copy(PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER / path.name, copy)
        with contextlib.suppress(PermissionError):  # Windows: it has come in the meantime, and is in use
            copy.replace(path)
        copy.unlink(missing_ok=True)
    return path


def open_lab(number: str) -> OpenLab:
    """The lab with this number, for its notebook; started if it was not. Shows where its files are.

    Raises ``UserError`` for a lab that does not exist.
    """
    # Here, not above: importing what runs and shows the checks takes half a second, and a lesson needs none of it.
    from workbook.labs.checks.notebook_view import display_files
    from workbook.labs.desk.open_lab import OpenLab, start_if_new

    display_files(start_if_new(number))
    return OpenLab(number)
