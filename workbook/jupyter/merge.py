"""Merges a notebook that the course has changed with a student's copy of the old one, cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode


def merge_notebooks(base: NotebookNode, mine: NotebookNode, new: NotebookNode) -> NotebookNode:
    """The ``new`` notebook with what the student wrote in ``mine``; both come from ``base``.

    Cells are matched by their ids. It is a three-way merge in which the student's side wins: cells that they wrote,
    added or removed stay that way, with their outputs; all others are the course's newest. Raises ``ValueError`` for a
    notebook whose cells have no ids.
    """
    old, theirs, ours = (_by_id(notebook) for notebook in (base, mine, new))
    chosen = [_choose(old.get(name), theirs.get(name), cell) for name, cell in ours.items()]
    result = [cell for cell in chosen if cell]
    for place, cell in enumerate(mine.cells):
        if cell.id not in ours and _wrote(old.get(cell.id), cell):
            result.insert(_place_after(mine.cells[:place], result), cell)
    merged = new.copy()
    merged.cells = result
    return merged


def _by_id(notebook: NotebookNode) -> dict[str, NotebookNode]:
    cells = {cell.get("id"): cell for cell in notebook.cells}
    if None in cells or len(cells) < len(notebook.cells):
        raise ValueError("its cells have no ids of their own")
    return cells


def _choose(old: NotebookNode | None, mine: NotebookNode | None, new: NotebookNode) -> NotebookNode | None:
    """Whose version of a cell of the new notebook to take; None if the student has removed it."""
    if mine is None:
        return None if old else new
    return mine if _wrote(old, mine) or not _wrote(old, new) else new


def _wrote(old: NotebookNode | None, cell: NotebookNode) -> bool:
    return old is None or (old.source, old.cell_type) != (cell.source, cell.cell_type)


def _place_after(before: list[NotebookNode], result: list[NotebookNode]) -> int:
    """After the nearest of the cells ``before`` that is there, otherwise at the top."""
    places = {cell.id: place for place, cell in enumerate(result)}
    return next((places[cell.id] + 1 for cell in reversed(before) if cell.id in places), 0)
