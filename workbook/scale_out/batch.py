"""Score what is missing of a job, by one process, a pool of processes, tasks of Ray, or Ray Data."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from multiprocessing import TimeoutError as NotYet
from multiprocessing import active_children, get_context
from multiprocessing.pool import IMapIterator

from pipeline import dataset
from workbook.errors import UserError
from workbook.scale_out.job import Job, score_shard
from workbook.scale_out.quiet import quiet_ray

DEAF = (signal.SIGINT, signal.SIG_IGN)
WORKERS = 2  # processes of the pool, and of Ray
LOOK_SECONDS = 1.0
ENDED = (
    "a process of the pool ended by itself: look above for its reason, or whether the memory is full. A script is read "
    'again by each of them, so in a script the call belongs under if __name__ == "__main__":'
)
# Each takes a job and the shards to score, and yields how many images are done, shard by shard, as they are done.
Way = Callable[[Job, list[int]], Iterable[int]]


@dataclass(frozen=True)
class Outcome:
    """What one run did: ``first`` is the seconds until the first shard was there, which is mostly the start-up."""

    scored: int
    seconds: float
    first: float

    @property
    def rate(self) -> float:
        """Images per second, from the call to the last shard."""
        return self.scored / self.seconds if self.scored else 0.0


def score(job: Job, how: str = "one", told: Callable[[int], None] = lambda images: None) -> Outcome:
    """Score the shards of a job that are not there yet; ``how``: one, pool, tasks or data. The last two need Ray.

    ``told`` is called with the number of images of each shard when it is done. Raises ``UserError``; ``NoData``.
    """
    began = time.perf_counter()
    way = way_called(how)
    dataset.ensure()
    missing = job.begin()
    scored, first = 0, 0.0
    for images in way(job, missing) if missing else ():
        first = first or time.perf_counter() - began
        scored += images
        told(images)
    return Outcome(scored, time.perf_counter() - began, first)


def one_process(job: Job, shards: list[int]) -> Iterable[int]:
    """One shard after the other, here."""
    for shard in shards:
        yield score_shard(job, shard)


def pool(job: Job, shards: list[int]) -> Iterable[int]:
    """By processes that are started for it: as on macOS and Windows, because a fork copies locks that are held.

    A pool replaces a process that has ended, forever if each ends at once. So it is looked at while nothing comes.
    """
    before = {child.pid for child in active_children()}
    count = min(WORKERS, len(shards))
    # Ctrl+C goes to all processes at once. One is enough to hear it: it ends the others.
    with get_context("spawn").Pool(count, initializer=signal.signal, initargs=DEAF) as processes:
        started = {child.pid for child in active_children()} - before
        done = processes.imap_unordered(partial(score_shard, job), shards)
        for _ in shards:
            yield _next(done, started)


def _next(done: IMapIterator, started: set[int]) -> int:
    """The images of the shard that is done next. Raises ``UserError`` if one of the processes has ended."""
    while True:
        try:
            return done.next(timeout=LOOK_SECONDS)
        except NotYet:
            if not started <= {child.pid for child in active_children()}:
                raise UserError(ENDED) from None


def way_called(how: str) -> Way:
    """Raises ``UserError`` if there is none, or if it needs Ray, which is not here."""
    ways = {"one": one_process, "pool": pool}
    if how in ("tasks", "data"):
        quiet_ray()
        try:
            from workbook.scale_out import by_ray
        except ImportError as error:
            raise UserError(f"{how} needs Ray: type python -m workbook.scale_out score --how {how}") from error
        ways |= {"tasks": by_ray.tasks, "data": by_ray.data}
    if how not in ways:
        raise UserError(f"no way {how!r} to score: there is one, pool, tasks and data")
    return ways[how]
