"""Small notebooks for the tests of the tool."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def write_notebook(
    path: Path, *sources: str, parameters: str | None = None, execute: bool = False, flow: dict | None = None
) -> Path:
    """Write a notebook of code cells; with ``execute`` it is run and stored with what it printed.

    ``flow`` says which files it needs and makes.
    """
    cells = [new_code_cell(source) for source in sources]
    if parameters is not None:
        cells.insert(0, new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    notebook = new_notebook(cells=cells, metadata=KERNEL)
    if flow is not None:
        notebook.metadata["workbook"] = flow
    if execute:
        NotebookClient(notebook, kernel_name="python3").execute()
    nbformat.write(notebook, path)
    return path
