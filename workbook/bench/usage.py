"""What a server takes from the machine: CPU time and memory of its process and all its descendants."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

MEGABYTE = 1e6


@dataclass(frozen=True)
class Memory:
    """In MB. ``rss`` is the sum over the processes, in which a shared page counts once for each.

    ``pss`` counts such a page once; only Linux reports it, elsewhere it is None.
    """

    rss: float
    pss: float | None


def process_tree(pid: int) -> list[psutil.Process]:
    """The process and its descendants, as far as they are running."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(pid: int) -> float:
    """CPU time, user and system, of the tree so far. A child that ended counts once its parent has waited for it."""
    total = 0.0
    for process in process_tree(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def memory(pid: int) -> Memory:
    """The memory of the tree now."""
    rss, pss = 0, 0
    for process in process_tree(pid):
        try:
            rss += process.memory_info().rss
            pss += getattr(process.memory_full_info(), "pss", 0)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return Memory(rss / MEGABYTE, pss / MEGABYTE or None)
