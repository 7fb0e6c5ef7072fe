"""The student's folder of a lab, ``work/labs/NN_topic/``. What is in it is theirs: before anything is replaced, a dated
copy is kept in ``work/labs/kept/``."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from workbook.errors import UserError
from workbook.labs.authoring.manifest import NOTEBOOK, Lab
from workbook.labs.authoring.starter import starter_files

KEPT = "kept"


def start(lab: Lab) -> Path:
    """Put the starter and the lab's notebook into the student's folder. Raises ``UserError`` if something is there."""
    if lab.work.exists():
        raise UserError(
            f"{shown(lab.work, lab)} exists already: go on in it, or start over with "
            f"workbook reset {lab.number} --force (a copy is kept)"
        )
    _write(lab)
    return lab.work


def reset(lab: Lab, force: bool) -> Path | None:
    """Start over. Returns where the copy of what was there is kept. Raises ``UserError`` without ``force``."""
    if lab.work.exists() and not force:
        raise UserError(f"this takes away what you wrote for lab {lab.number} (a copy is kept): add --force to do it")
    kept = keep(lab) if lab.work.exists() else None
    if kept:
        shutil.rmtree(lab.work)
    _write(lab)
    return kept


def keep(lab: Lab) -> Path:
    """Copy the student's folder to a new folder named by the time; return it."""
    stamp = f"{lab.name}-{datetime.now():%Y-%m-%d-%H%M%S}"
    folder = lab.work.parent / KEPT
    number = sum(1 for _ in folder.glob(f"{stamp}*"))
    target = folder / (f"{stamp}-{number}" if number else stamp)
    return Path(shutil.copytree(lab.work, target, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")))


def opened(lab: Lab) -> Path:
    """The student's folder. Raises ``UserError`` if the lab was not started, or a file of the answer is gone."""
    if not lab.work.is_dir():
        raise UserError(f"lab {lab.number} is not started yet: workbook start {lab.number}")
    missing = [reference.name for reference in map(Path, lab.references) if not (lab.work / reference.name).is_file()]
    if missing:
        raise UserError(
            f"{shown(lab.work, lab)} has no {', '.join(missing)}: bring it back, or start over with "
            f"workbook reset {lab.number} --force (a copy of the rest is kept)"
        )
    return lab.work


def shown(path: Path, lab: Lab) -> str:
    """A path as the student knows it, relative to the course's folder."""
    return path.relative_to(lab.course).as_posix()


def _write(lab: Lab) -> None:
    files = starter_files(lab)
    lab.work.mkdir(parents=True)
    for name, source in files.items():
        (lab.work / name).write_text(source, encoding="utf-8")
    if (lab.folder / NOTEBOOK).exists():
        shutil.copy(lab.folder / NOTEBOOK, lab.work)
