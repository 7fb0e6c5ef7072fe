"""TensorFlow and LiteRT without their start-up chatter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


def import_tensorflow() -> None:
    """Import TensorFlow with standard error held back; what Python itself raises still comes through.

    It starts with lines about missing GPUs and rounding, from C++ and before it reads any setting, so only the file
    descriptor can stop them. In a notebook they would be in the stored output, with process number and time.
    """
    with without_chatter():
        import tensorflow  # noqa: F401


@contextmanager
def without_chatter() -> Iterator[None]:
    """Hold back what C++ writes to standard error; exceptions still come through."""
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
