"""One notebook, run by papermill in a kernel that can be stopped from outside."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path

import papermill
from jupyter_client.manager import AsyncKernelManager
from papermill.exceptions import PapermillExecutionError

KERNEL = "python3"
# How long a cell and its servers have to end after the interrupt; then its kernel is killed.
GRACE_SECONDS = 10

# Reports how many of a notebook's cells are done, and how many there are.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Failure:
    """Where and why a notebook stopped. ``cell`` counts the code cells from 1; it is None if no cell is to blame."""

    message: str
    cell: int | None = None
    source: str = ""
    traceback: str = ""

    def __str__(self) -> str:
        return f"cell {self.cell}: {self.message}" if self.cell else self.message


class Interrupted(Exception):
    """Somebody pressed Ctrl-C; no further cell is to run."""


class Kernels:
    """The kernels of this process. Notebooks run in threads of their own; the main thread can end them all at once."""

    def __init__(self) -> None:
        kernels: list[AsyncKernelManager] = []
        self._kernels = kernels
        self._stopping = threading.Event()

        class Known(AsyncKernelManager):
            """What nbclient makes, starts and ends for each notebook."""

            def __init__(self, **options: object) -> None:
                super().__init__(**options)
                kernels.append(self)

        self._manager = Known

    def execute(self, path: Path, output: Path, parameters: dict[str, object], progress: Progress) -> Failure | None:
        """Run a notebook in its own folder and write it to ``output``; returns why it failed, or None."""
        cells = len(papermill.iorw.load_notebook_node(str(path)).cells)

        def before_cell(cell_index: int, **_: object) -> None:
            if self._stopping.is_set():
                raise Interrupted
            progress(cell_index, cells)

        try:
            papermill.execute_notebook(
                path,
                output,
                parameters,
                kernel_name=KERNEL,
                progress_bar=False,
                # Not papermill's own `cwd`: it moves the whole process there, other threads included.
                resources={"metadata": {"path": str(path.parent)}},
                kernel_manager_class=self._manager,
                on_cell_start=before_cell,
                # Otherwise its notes, on encryption and on being asked to end, would appear among the progress bars.
                extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
            )
        except (PapermillExecutionError, RuntimeError, Interrupted) as error:  # RuntimeError: the kernel died
            return Failure("interrupted") if self._stopping.is_set() else _failure(error)
        return None

    def stop(self, notebooks: set[Future]) -> None:
        """Interrupt every running cell, as Ctrl-C would; kill the kernels whose ``notebooks`` do not end then."""
        self._stopping.set()
        for kernel in self._alive():
            with contextlib.suppress(RuntimeError):  # it has just ended by itself
                asyncio.run(kernel.interrupt_kernel())
        with contextlib.suppress(KeyboardInterrupt):  # pressed again: wait no longer
            wait(notebooks, GRACE_SECONDS)
        for kernel in self._alive():
            asyncio.run(kernel.provisioner.kill())
        wait(notebooks)

    def _alive(self) -> list[AsyncKernelManager]:
        return [kernel for kernel in self._kernels if kernel.has_kernel]


def _failure(error: Exception) -> Failure:
    if not isinstance(error, PapermillExecutionError):
        return Failure(str(error))
    traceback = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error.traceback))  # without its colors
    return Failure(f"{error.ename}: {error.evalue}", error.exec_count, error.source, traceback)


# papermill logs each notebook's paths, and nbclient a kernel that died, which is reported anyway.
logging.getLogger("papermill").setLevel(logging.CRITICAL)
