"""The feature view of a batch: what is worked out of its pictures once, and read by every step that needs it.

The statistics are those that the drift monitor of the server compares, and come from the same functions: a number that
was worked out for training means the same for a picture that is served. What the network itself is given is
``server.preprocessing.to_model_input``, for both, and too cheap to be stored.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.drift.evidence import statistics_of
from pipeline.loop import batches
from pipeline.loop.fingerprint import file_hash


@dataclass(frozen=True)
class View:
    """``statistics`` (n, 8), in the order of ``evidence.STATISTICS``, and ``digest`` (n,), of each picture's pixels."""

    statistics: np.ndarray
    digest: np.ndarray

    def __len__(self) -> int:
        return len(self.digest)


def of(images: np.ndarray) -> View:
    """The features of uint8 pictures (n, 28, 28), wherever they come from: a batch, or a request."""
    digests = [hashlib.sha256(np.ascontiguousarray(image).data).hexdigest() for image in images]
    return View(statistics_of(images), np.array(digests, dtype="U64"))


def view(home: Path, batch: str) -> View:
    """The features of a batch, by its hash; worked out once, and again only if the code for it has changed.

    They are in ``home/features/``, and can be deleted at any time. Raises ``NoBatch``.
    """
    path = home / "features" / f"{batch[: batches.SHORT]}-{_code()[: batches.SHORT]}.npz"
    if path.is_file():
        with np.load(path, allow_pickle=False) as file:
            return View(file["statistics"], file["digest"])
    made = of(batches.read(home, batch)[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".writing-", suffix=".npz", delete=False) as file:
        np.savez(file, statistics=made.statistics, digest=made.digest)
    os.replace(file.name, path)
    return made


def _code() -> str:
    return file_hash(
        "pipeline/drift/evidence.py", "pipeline/loop/features.py", "server/production/monitoring/measures.py"
    )
