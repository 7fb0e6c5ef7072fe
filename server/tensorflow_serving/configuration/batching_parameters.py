"""How requests are put into batches: the file of ``--batching_parameters_file``, checked."""

from __future__ import annotations

import os
from dataclasses import dataclass

from server.tensorflow_serving.configuration.model_config import read_text_proto
from server.tensorflow_serving.configuration.text_protos import BatchingParameters
from server.tensorflow_serving.status import invalid_argument

DEFAULT_MAX_BATCH_SIZE = 1000
DEFAULT_MAX_ENQUEUED_BATCHES = 10
MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Parameters:
    """Sizes in rows, ``timeout`` in seconds."""

    max_batch_size: int = DEFAULT_MAX_BATCH_SIZE
    timeout: float = 0.0
    max_enqueued_batches: int = DEFAULT_MAX_ENQUEUED_BATCHES
    threads: int = os.cpu_count() or 1
    allowed_batch_sizes: tuple[int, ...] = ()


def read_parameters(path: str) -> Parameters:
    """The parameters in a file, or the defaults for an empty path. Raises ``ServingError``."""
    if not path:
        return Parameters()
    message = read_text_proto(path, BatchingParameters())
    for name in ("pad_variable_length_inputs", "enable_large_batch_splitting"):
        setting = getattr(message, name)
        if setting is True or getattr(setting, "value", False):
            raise invalid_argument(f"The stand-in has no {name}")
    given = {name: getattr(message, name).value for name, _ in _positive(message)}
    parameters = Parameters(
        given.get("max_batch_size", DEFAULT_MAX_BATCH_SIZE),
        message.batch_timeout_micros.value / MICROSECONDS,
        given.get("max_enqueued_batches", DEFAULT_MAX_ENQUEUED_BATCHES),
        given.get("num_batch_threads", os.cpu_count() or 1),
        tuple(message.allowed_batch_sizes),
    )
    _check_allowed(parameters)
    return parameters


def _positive(message: BatchingParameters) -> list[tuple[str, int]]:
    names = ("max_batch_size", "max_enqueued_batches", "num_batch_threads")
    given = [(name, getattr(message, name).value) for name in names if message.HasField(name)]
    for name, value in given:
        if value < 1:
            raise invalid_argument(f"{name} must be positive; was {value}")
    return given


def _check_allowed(parameters: Parameters) -> None:
    allowed = parameters.allowed_batch_sizes
    if list(allowed) != sorted(set(allowed)) or min(allowed, default=1) < 1:
        raise invalid_argument("allowed_batch_sizes entries must be positive and monotonically increasing")
    if allowed and allowed[-1] != parameters.max_batch_size:
        raise invalid_argument(
            f"Last entry in allowed_batch_sizes must match max_batch_size; last was {allowed[-1]}; "
            f"expected {parameters.max_batch_size}"
        )
