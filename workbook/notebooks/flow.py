"""Which notebooks wait for which, by what each says it needs from ``work/`` and makes there."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import combinations
from pathlib import Path

from workbook.errors import UserError
from workbook.notebooks.artifacts import matches

POLL_SECONDS = 1
KEY = "workbook"
EXPECTED = '{"needs": ["clothes.keras"], "makes": ["scores.npy", "pictures/*"]}, paths below work/'


@dataclass(frozen=True)
class Flow:
    """A notebook's files in ``work/``: those that it ``needs`` from others, and patterns of those that it ``makes``.

    ``alone`` is a notebook that says nothing about itself. It may need and make anything, so it waits for all notebooks
    before it, and all after it wait for it.
    """

    needs: list[str]
    makes: list[str]
    alone: bool = False

    def feeds(self, later: Flow) -> bool:
        """Whether a ``later`` notebook has to wait for this one."""
        return self.alone or later.alone or any(matches(name, self.makes) for name in later.needs)


def flow_of(notebook: Path) -> Flow:
    """What a notebook's metadata say under ``workbook``. Raises ``UserError`` if they are wrong."""
    declared = json.loads(notebook.read_text(encoding="utf-8"))["metadata"].get(KEY)
    if declared is None:
        return Flow(needs=[], makes=["*"], alone=True)
    try:
        flow = Flow(**declared)
        good = all(isinstance(name, str) for name in [*flow.needs, *flow.makes]) and not flow.alone
    except TypeError:
        good = False
    if not good:
        raise UserError(f"{notebook.name}: its metadata {KEY!r} must be like {EXPECTED}")
    return flow


def waits_for(flows: dict[Path, Flow]) -> dict[Path, set[Path]]:
    """Which of the earlier notebooks each one waits for. ``flows`` is in order."""
    graph: dict[Path, set[Path]] = {path: set() for path in flows}
    for earlier, later in combinations(flows, 2):
        if flows[earlier].feeds(flows[later]):
            graph[later].add(earlier)
    return graph


def run_in_order(
    graph: dict[Path, set[Path]], run: Callable[[Path], bool], jobs: int, stop: Callable[[set[Future]], None]
) -> None:
    """Run each notebook in a thread of its own, once those that it waits for have succeeded; at most ``jobs`` at once.

    ``run`` says whether its notebook succeeded. After a failure, what waits for the failed one is not run, and the rest
    is, so which notebooks run does not depend on which of two is quicker. On Ctrl-C nothing more begins, ``stop`` is
    called with what is running, and ``KeyboardInterrupt`` is passed on.
    """
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    running: dict[Future, Path] = {}
    pool = ThreadPoolExecutor(jobs)
    try:
        while sorter.is_active():
            running |= {pool.submit(run, path): path for path in sorted(sorter.get_ready())}
            if not running:
                break
            # On Windows, Ctrl-C is noticed only between two waits.
            for future in wait(running, POLL_SECONDS, FIRST_COMPLETED).done:
                path = running.pop(future)
                if future.result():
                    sorter.done(path)
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        stop({future for future in running if not future.cancelled()})
        raise
    finally:
        pool.shutdown()
