"""Batching across requests: requests that come at the same time go through the model in one run.

Tasks of one kind, that is with the same tensors, dtypes and row shapes, fill a batch. It is run when it is full or its
time is up, whichever comes first, by one of a few threads. With no time to wait, the default, a batch is what came
while the threads were busy.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from server.tensorflow_serving.configuration.batching_parameters import Parameters
from server.tensorflow_serving.status import Code, ServingError, failed_precondition, invalid_argument

Run = Callable[[Mapping[str, np.ndarray], Sequence[str], int], list[np.ndarray]]


@dataclass(eq=False)
class _Task:
    feeds: Mapping[str, np.ndarray]
    fetches: Sequence[str]
    timeout_ms: int
    rows: int
    result: Future = field(default_factory=Future)


@dataclass(eq=False)
class _Batch:
    due: float
    tasks: list[_Task] = field(default_factory=list)
    rows: int = 0


class Batcher:
    """Wraps a ``Run`` of a servable; ``run`` has the same arguments and results."""

    def __init__(self, run: Run, parameters: Parameters) -> None:
        self._run = run
        self._parameters = parameters
        self._changed = threading.Condition()
        self._queues: dict[tuple, deque[_Batch]] = {}
        self._closed = False
        for _ in range(parameters.threads):
            threading.Thread(target=self._work, daemon=True).start()

    def run(self, feeds: Mapping[str, np.ndarray], fetches: Sequence[str], timeout_ms: int) -> list[np.ndarray]:
        """Raises ``ServingError``."""
        if not feeds:
            return self._run(feeds, fetches, timeout_ms)
        task = _Task(feeds, fetches, timeout_ms, _rows(feeds))
        if task.rows > self._parameters.max_batch_size:
            raise invalid_argument(
                f"Task size {task.rows} is larger than maximum input batch size {self._parameters.max_batch_size}"
            )
        self._enqueue(task)
        try:
            return task.result.result(timeout_ms / 1000 if timeout_ms else None)
        except TimeoutError:
            raise ServingError(Code.DEADLINE_EXCEEDED, "Timed out waiting for the batch") from None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _enqueue(self, task: _Task) -> None:
        limit = self._parameters.max_enqueued_batches
        with self._changed:
            queue = self._queues.setdefault(_kind(task), deque())
            if not queue or queue[-1].rows + task.rows > self._parameters.max_batch_size:
                if len(queue) >= limit:
                    raise ServingError(
                        Code.UNAVAILABLE,
                        "The batch scheduling queue to which this task was submitted is full; currently "
                        f"{len(queue)} batches enqueued and max_enqueued_batches is {limit}",
                    )
                queue.append(_Batch(time.monotonic() + self._parameters.timeout))
            queue[-1].tasks.append(task)
            queue[-1].rows += task.rows
            self._changed.notify()

    def _work(self) -> None:
        while batch := self._next():
            try:
                _distribute(batch, self._run_together(batch))
            except Exception as error:
                # Whatever it is, the waiting requests must hear of it, and the thread must go on.
                for task in batch.tasks:
                    task.result.set_exception(error)

    def _next(self) -> _Batch | None:
        """The batch that has been due longest; waits for one. None when closed."""
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                kind, wait = self._due(now)
                if kind is not None and wait <= 0:
                    return self._pop(kind)
                self._changed.wait(None if kind is None else wait)
        return None

    def _due(self, now: float) -> tuple[tuple | None, float]:
        """The kind whose first batch is due first, and in how many seconds that is."""
        dues = [
            (now if queue[0].rows >= self._parameters.max_batch_size or len(queue) > 1 else queue[0].due, kind)
            for kind, queue in self._queues.items()
        ]
        if not dues:
            return None, 0.0
        due, kind = min(dues, key=lambda pair: pair[0])
        return kind, due - now

    def _pop(self, kind: tuple) -> _Batch:
        queue = self._queues[kind]
        batch = queue.popleft()
        if not queue:
            del self._queues[kind]
        else:
            self._changed.notify()
        return batch

    def _run_together(self, batch: _Batch) -> list[np.ndarray]:
        first = batch.tasks[0]
        padding = self._padded_size(batch.rows) - batch.rows
        feeds = {}
        for name, array in first.feeds.items():
            parts = [task.feeds[name] for task in batch.tasks]
            parts += [array[:1]] * padding
            feeds[name] = np.concatenate(parts) if len(parts) > 1 else array
        timeout_ms = max(task.timeout_ms for task in batch.tasks)
        return self._run(feeds, first.fetches, timeout_ms)

    def _padded_size(self, rows: int) -> int:
        return next((size for size in self._parameters.allowed_batch_sizes if size >= rows), rows)


def _rows(feeds: Mapping[str, np.ndarray]) -> int:
    if any(array.ndim == 0 for array in feeds.values()):
        raise invalid_argument("Batching Run() input tensors must have at least one dimension")
    rows = {len(array) for array in feeds.values()}
    if len(rows) > 1:
        raise invalid_argument("Batching Run() input tensors must have equal 0th-dimension size")
    return rows.pop()


def _kind(task: _Task) -> tuple:
    shapes = tuple((name, array.dtype.str, array.shape[1:]) for name, array in sorted(task.feeds.items()))
    return shapes, tuple(task.fetches)


def _distribute(batch: _Batch, outputs: list[np.ndarray]) -> None:
    for array in outputs:
        if not array.ndim:
            raise failed_precondition("Batched output tensor has 0 dimensions")
        if len(array) < batch.rows:
            raise failed_precondition(
                "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the "
                "input tensors"
            )
    start = 0
    for task in batch.tasks:
        task.result.set_result([array[start : start + task.rows] for array in outputs])
        start += task.rows
