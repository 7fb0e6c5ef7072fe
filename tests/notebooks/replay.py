"""Notebooks replayed: cells that print what a run printed, compared with what is stored, as `workbook verify` does.

Training again for each look at a run would take hours. So each cell is given, for its source, the order to print what
it printed in that run, and nbval compares that with the stored outputs, with the very settings of `workbook verify`.
"""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import nbformat
from nbformat import NotebookNode

from workbook.notebooks.verify import nbval_command, nbval_environment

PRINT = """
import sys
from IPython.display import publish_display_data
for output in {outputs!r}:
    if output["output_type"] == "stream":
        print(output["text"], end="", file=getattr(sys, output["name"]))
    else:
        publish_display_data(output["data"], output["metadata"])
"""


def prints(stored: NotebookNode, printed: NotebookNode) -> NotebookNode:
    """The stored cell, with the order to print what the same cell has ``printed`` in a run."""
    cell = copy.deepcopy(stored)
    cell.source = PRINT.format(outputs=nbformat.from_dict(printed.outputs))
    return cell


def failed_cells(replays: dict[str, Sequence[NotebookNode]], folder: Path) -> dict[str, dict[int, str]]:
    """Run nbval on lists of cells, each in a kernel of its own; of each the numbers of those that failed, and why."""
    for name, cells in replays.items():
        for number, cell in enumerate(cells):
            cell.id = f"cell-{number}"
        nbformat.write(nbformat.v4.new_notebook(cells=[*cells]), folder / f"{name}.ipynb")
    results = folder / "results.xml"
    command = [*nbval_command([folder / f"{name}.ipynb" for name in replays], folder), f"--junitxml={results}"]
    done = subprocess.run(command, env=nbval_environment(), capture_output=True, text=True, check=False)
    assert results.exists(), done.stdout + done.stderr
    failed: dict[str, dict[int, str]] = {name: {} for name in replays}
    seen = 0
    for case in ElementTree.parse(results).getroot().iter("testcase"):
        seen += 1
        name, number = Path(case.get("classname")).stem, int(case.get("name").split()[-1])
        failure = case.find("failure")
        if failure is not None:
            failed[name][number] = failure.text or failure.get("message")
    assert seen == sum(map(len, replays.values())), done.stdout
    return failed
