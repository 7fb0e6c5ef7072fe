"""Batches of labeled pictures, each in a folder that is named by its content: the same data is the same folder.

``home`` is the folder of a loop. A batch is known by its hash, the SHA-256 of its arrays, in hexadecimal. Its folder is
``home/batches/<the first 12 digits>/``, with ``images.npy``, ``labels.npy`` and ``batch.json``.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

SHORT = 12  # digits of a hash in the name of a folder


class NoBatch(LookupError):
    """There is no such batch. The message says which."""


def ingest(home: Path, images: np.ndarray, labels: np.ndarray, source: str) -> str:
    """Store a batch, and return its hash; one that is there already stays as it is.

    ``images`` should be uint8 (n, 28, 28) and ``labels`` uint8 (n,). Other arrays are stored, too: validation says what
    is wrong with them. ``source`` says in words where they come from, and does not count for the hash.
    Raises ``ValueError`` for arrays of Python objects, which could be anything.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    if images.dtype.hasobject or labels.dtype.hasobject:
        raise ValueError("a batch is two arrays of numbers; these hold Python objects: give each one shape and type")
    name = _hash_of(images, labels)
    folder = _folder(home, name)
    if folder.is_dir():
        return name
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Written under another name, so that a batch that is there is a whole batch.
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".writing-"))
    try:
        for part, array in (("images", images), ("labels", labels)):
            _save(scratch / f"{part}.npy", array)
        told = {"sha256": name, "count": len(images) if images.ndim else 0, "source": source}
        (scratch / "batch.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        scratch.rename(folder)
    except OSError:
        if not folder.is_dir():  # otherwise another process was first, and its batch is the same
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return name


def read(home: Path, batch: str) -> tuple[np.ndarray, np.ndarray]:
    """The images and the labels of a batch, by its hash.

    Raises ``NoBatch``, and ``ValueError`` for files that have changed since.
    """
    folder = _existing(home, batch)
    images, labels = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("images", "labels"))
    if _hash_of(images, labels) != about(home, batch)["sha256"]:
        raise ValueError(f"the batch in {folder} is not what it was when it was stored: ingest its data again")
    return images, labels


def read_all(home: Path, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The images and the labels of several batches, one after the other. Raises as ``read`` does."""
    parts = [read(home, name) for name in names]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def about(home: Path, batch: str) -> dict:
    """What ``batch.json`` says: ``sha256``, ``count`` and ``source``. Raises ``NoBatch``."""
    return json.loads((_existing(home, batch) / "batch.json").read_text(encoding="utf-8"))


def known(home: Path) -> list[dict]:
    """What is known of each batch of a loop, in the order of their names."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(home.glob("batches/[0-9a-f]*/batch.json"))]


def full_hash(home: Path, start: str) -> str:
    """The whole hash of the batch whose hash begins with ``start``, 12 digits or more. Raises ``NoBatch``."""
    found = about(home, start)["sha256"]
    if len(start) < SHORT or not found.startswith(start):
        raise NoBatch(f"no batch {start}: give the first {SHORT} digits of its hash, or all of them")
    return found


def _save(path: Path, array: np.ndarray) -> None:
    """As ``np.save`` does, which does not say of a full disk that it is full."""
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    path.write_bytes(content.getbuffer())


def _folder(home: Path, batch: str) -> Path:
    return home / "batches" / batch[:SHORT]


def _existing(home: Path, batch: str) -> Path:
    folder = _folder(home, batch)
    if not (folder / "batch.json").is_file():
        raise NoBatch(f"there is no batch {batch[:SHORT]} in {home / 'batches'}")
    return folder


def _hash_of(images: np.ndarray, labels: np.ndarray) -> str:
    """The SHA-256 of the types, the shapes and the bytes of both arrays."""
    digest = hashlib.sha256()
    for array in (images, labels):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
