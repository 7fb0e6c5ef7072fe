"""The same shards by Ray: as tasks, or as a stream of Ray Data. In Ray's own environment only."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import ray

from workbook.scale_out.images import pixels_of
from workbook.scale_out.job import Job, classes_of, score_shard

AT_ONCE = 2  # tasks, or actors that score
# If the actors held every processor, Ray Data's other tasks would wait for one forever, without a word.
SPARE = 1


def tasks(job: Job, shards: list[int]) -> Iterable[int]:
    """A task for each shard. If its process or its node is lost, Ray gives it to another."""
    with _ray(AT_ONCE):
        scored = ray.remote(score_shard)
        waiting = [scored.remote(job, shard) for shard in shards]
        while waiting:
            (done, *_), waiting = ray.wait(waiting)
            yield ray.get(done)


def data(job: Job, shards: list[int]) -> Iterable[int]:
    """Ray Data's way: a stream of blocks, made and scored by actors, and stored by this process as they come."""
    from ray.data import ActorPoolStrategy, DataContext, from_items  # with pandas and pyarrow: the tasks need neither

    with _ray(AT_ONCE + SPARE):
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        DataContext.get_current().enable_progress_bars = False
        numbers = from_items([{"shard": shard} for shard in shards], override_num_blocks=len(shards))
        made = numbers.map(lambda row: {"shard": row["shard"], "pixels": pixels_of(job.numbers(row["shard"]))})
        scored = made.map_batches(Scorer, batch_size=1, compute=ActorPoolStrategy(size=AT_ONCE))
        for row in scored.iter_rows():
            job.write(int(row["shard"]), row["labels"])
            yield len(row["labels"])


class Scorer:
    """One shard per batch, which Ray Data hands over as arrays with one row."""

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {"shard": batch["shard"], "labels": classes_of(batch["pixels"][0])[np.newaxis]}


@contextmanager
def _ray(processors: int) -> Iterator[None]:
    """Ray with so many processors, of this machine; if this process is connected to a cluster, that one as it is."""
    if ray.is_initialized():
        yield
        return
    ray.init(num_cpus=processors, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    try:
        yield
    finally:
        ray.shutdown()
