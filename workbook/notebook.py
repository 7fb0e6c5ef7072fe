"""What each notebook calls in its first code cell."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from server.layout import EXTRA_FOLDER, PINNED_MODELS
from server.quiet import import_tensorflow
from workbook import following
from workbook.paths import WORK, course_folder


def start(tensorflow: bool = True) -> None:
    """Go to the course's folder, make ``work/`` there, and import TensorFlow without its chatter.

    How far the student gets is noted, for the list of the course.

    Jupyter starts a kernel in the notebook's own folder; from here on, ``work/…`` means the same in every
    notebook and in a terminal. With ``tensorflow=False`` the seven seconds of its import are saved.
    """
    os.chdir(course_folder())
    Path(WORK).mkdir(exist_ok=True)
    following.follow()
    if tensorflow:
        import_tensorflow()


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
