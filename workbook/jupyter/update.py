"""Brings the notebooks of a new image into a volume in which a student has worked, and touches nothing of theirs.

What the course gave the student is kept beside their notebooks, in ``.course/``, so that it is known what they wrote.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from workbook.jupyter.merge import merge_notebooks

GIVEN = ".course"


def update_notebooks(originals: Path, notebooks: Path) -> Iterator[str]:
    """Put the notebooks of ``originals`` into ``notebooks``; yields a line for each that had to be left or merged.

    A missing one is added; one that the student has not changed is replaced; in one that they changed, their cells stay
    and the others are the course's newest. Safe to stop and repeat. Raises ``OSError``.
    """
    given = notebooks / GIVEN
    given.mkdir(parents=True, exist_ok=True)
    for original in sorted(originals.glob("*.ipynb")):
        name, new = original.name, original.read_bytes()
        said = _bring(notebooks / name, _read(given / name), new)
        _write(given / name, new)
        if said:
            yield f"notebooks/{name}: {said}"
    for gone in sorted(given.glob("*.ipynb")):
        if not (originals / gone.name).exists():
            _take_out(notebooks / gone.name, gone)


def _bring(path: Path, base: bytes | None, new: bytes) -> str:
    """Bring one notebook up to date; returns what the student should know, if anything."""
    mine = _read(path)
    if mine is None or mine == base:
        _write(path, new)
    elif base is None and mine != new:
        return "left as it is, because it is not known what in it is the student's; remove it to get the course's"
    elif new not in (base, mine):
        return _merge(path, base, mine, new)
    return ""


def _merge(path: Path, base: bytes, mine: bytes, new: bytes) -> str:
    import nbformat

    try:
        merged = merge_notebooks(*(nbformat.reads(text.decode(), as_version=4) for text in (base, mine, new)))
        _write(path, nbformat.writes(merged).encode() + b"\n")
    except (ValueError, AttributeError, nbformat.ValidationError) as error:  # no longer a notebook, or in an old format
        return f"left as it is, because it cannot be merged: {str(error).partition(chr(10))[0]}"
    return "merged: cells that the student wrote are theirs, the others are new"


def _take_out(path: Path, given: Path) -> None:
    """Remove what the course no longer has, unless the student has changed it."""
    if _read(path) == _read(given):
        path.unlink(missing_ok=True)
    given.unlink()


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _write(path: Path, content: bytes) -> None:
    """Write all of it or nothing."""
    if _read(path) == content:
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)
