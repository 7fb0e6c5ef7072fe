"""Stores a notebook again: runs it as `workbook verify` does, and writes it back with what it printed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from rich.console import Console

from pipeline import dataset
from workbook.errors import UserError
from workbook.notebooks.flow import KEY
from workbook.notebooks.gates import stored_faults
from workbook.notebooks.verify import CELL_TIMEOUT_SECONDS, copy_course, nbval_environment

KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
# The rest of a cell's metadata are traces of editors and of runs.
KEPT = ("jupyter", "picture", "reason", "tags", "tolerance", "verdict")


def store_notebooks(notebooks: list[Path], console: Console) -> None:
    """Run the notebooks in a copy of the course, and write each back with its new outputs.

    Nothing that they make gets into the real ``work/``. A notebook that fails, or that would be stored with
    something that `workbook verify` refuses, stays as it was, and so do those after it: ``UserError``.
    """
    dataset.ensure(console.print)
    os.environ.update(nbval_environment())
    with tempfile.TemporaryDirectory(prefix="workbook-store-") as scratch:
        for path, copy in zip(notebooks, copy_course(notebooks, Path(scratch)), strict=True):
            notebook = nbformat.read(path, as_version=4)
            _run(notebook, copy)
            _clean(notebook)
            _refuse_faults(notebook, path)
            nbformat.write(notebook, path)
            console.print(f"stored {path.name}")


def _run(notebook: NotebookNode, copy: Path) -> None:
    client = NotebookClient(
        notebook,
        kernel_name=KERNELSPEC["name"],
        timeout=CELL_TIMEOUT_SECONDS,
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],  # a kernel on loopback need not warn about eavesdroppers
        resources={"metadata": {"path": str(copy.parent)}},
    )
    try:
        client.execute()
    except CellExecutionError as failure:
        raise UserError(f"{copy.name}: {failure.ename}: {failure.evalue}; it was not stored") from failure
    except (CellTimeoutError, DeadKernelError) as failure:
        raise UserError(f"{copy.name}: {failure}; it was not stored") from failure


def _clean(notebook: NotebookNode) -> None:
    """Keep only the metadata that readers and checks need, the same from any machine."""
    flow = {KEY: notebook.metadata[KEY]} if KEY in notebook.metadata else {}
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": {"name": "python"}, **flow})
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({name: cell.metadata[name] for name in KEPT if name in cell.metadata})


def _refuse_faults(notebook: NotebookNode, path: Path) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code" and (faults := _faults(cell)):
            raise UserError(f"{path.name}, cell {cell.id}: {'; '.join(faults)}; the notebook was not stored")


def _faults(cell: NotebookNode) -> list[str]:
    warnings = [output.text for output in cell.outputs if output.get("name") == "stderr"]
    return [*stored_faults(cell), *(f"it wrote to standard error: {text.strip()}" for text in warnings)]
