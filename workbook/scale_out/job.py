"""A batch job as files: shards that are there whole or not at all, so that a run that was killed goes on where it was.

A folder holds ``job.json``, which says what is being scored by what, and ``00042.npy`` for each shard that is done.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from server.model_card import EXTRA_FOLDER, PINNED_MODELS
from server.repository import Servable, load_servable
from workbook.errors import UserError
from workbook.scale_out.images import SEED, most_images, pixels_of

MODEL = PINNED_MODELS / "clothes" / "1"
FILE = "job.json"


@dataclass(frozen=True)
class Job:
    """``images`` of the million, in shards of ``size``, with the results in ``folder``."""

    folder: Path
    images: int = 1_000_000
    size: int = 10_000

    @property
    def shards(self) -> range:
        return range(-(-self.images // self.size))

    def numbers(self, shard: int) -> range:
        """The numbers of the images in a shard; the last one may have fewer."""
        return range(shard * self.size, min((shard + 1) * self.size, self.images))

    def path(self, shard: int) -> Path:
        return self.folder / f"{shard:05}.npy"

    def begin(self) -> list[int]:
        """Claim the folder, and return the shards that are missing from it, in order.

        Raises ``UserError`` if the folder is another job's, or there are not so many images.
        """
        if not (0 < self.images <= most_images() and self.size > 0):
            raise UserError(
                f"{self.images:,} images in shards of {self.size:,}: expected 1 to {most_images():,} images"
            )
        identity = {"images": self.images, "size": self.size, "seed": SEED, "model": _model_hash()}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if _said_in(path := self.folder / FILE) != identity:
                if next(self.folder.glob("*.npy"), None):
                    raise UserError(f"{self.folder} has the results of another job: delete it, or name another folder")
                _write_whole(path, json.dumps(identity).encode())
        except OSError as error:
            raise UserError(f"{self.folder} cannot be used ({error.strerror}): name another folder") from error
        return [shard for shard in self.shards if not self._is_whole(shard)]

    def _is_whole(self, shard: int) -> bool:
        """Whether its result can be read: a file system may have lost what was in it when the power went."""
        try:
            return len(np.load(self.path(shard), allow_pickle=False)) == len(self.numbers(shard))
        except (OSError, ValueError, EOFError):
            return False

    def write(self, shard: int, labels: np.ndarray) -> None:
        """Store the classes of a shard, uint8 (n,): under another name first, because half a shard counts as none."""
        content = io.BytesIO()
        np.save(content, labels, allow_pickle=False)
        _write_whole(self.path(shard), content.getvalue())

    def labels(self) -> np.ndarray:
        """The classes of all images in order, uint8 (images,). Raises ``FileNotFoundError`` if a shard is missing."""
        return np.concatenate([np.load(self.path(shard), allow_pickle=False) for shard in self.shards])

    def digest(self) -> str:
        """SHA-256 of all classes in order: the same for the same images and model, whoever scored them, and when."""
        return hashlib.sha256(self.labels().tobytes()).hexdigest()


def score_shard(job: Job, shard: int) -> int:
    """Make the images of a shard, classify and store them; returns how many. This is all the work that there is."""
    labels = classes_of(pixels_of(job.numbers(shard)))
    job.write(shard, labels)
    return len(labels)


def classes_of(pixels: np.ndarray) -> np.ndarray:
    """The class with the highest score for each of uint8 (n, 28, 28): uint8 (n,)."""
    return model().engine.predict(pixels).argmax(axis=1).astype(np.uint8)


@lru_cache(maxsize=1)
def model() -> Servable:
    """The pinned clothes v1, loaded once in each process."""
    return load_servable(MODEL)


def _model_hash() -> str:
    return hashlib.sha256((MODEL / EXTRA_FOLDER / "clothes.tflite").read_bytes()).hexdigest()


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside it, then rename: who looks sees nothing or all of it, and a second writer does no harm."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or the name could be on the disk before what is in it
        os.replace(beside, path)
    except OSError:  # for instance, no space is left
        Path(beside).unlink()
        raise


def _said_in(path: Path) -> object:
    """What job the folder is for; None if nothing says so, or nothing that makes sense."""
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
