"""From the registry into the model repository that the server watches: whole or not at all, and tried first."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.loop import batches, registry
from pipeline.loop.tracking import MODEL
from server.model_card import CARD_FILE, EXTRA_FOLDER, ModelCard
from server.repository import load_servable

TOLERANCE = 0.005  # LiteRT's accuracy is that of Keras but for a picture or two


class NotReleased(ValueError):
    """This version may not go out. The message says why; nothing of it is in the repository."""


def deploy(home: Path, version: str, repository: Path) -> Path:
    """Put a version into a model repository, as ``<repository>/clothes/<version>/``, and return that folder.

    It is written under another name, tried there, and renamed: a server sees all of it or nothing. A version that is
    there already, unchanged, stays. Raises ``NotReleased`` for a version that the gate refused, for files that are not
    those that were registered, and for a model that does not answer as it did when it was measured.
    """
    story = registry.lineage(home, version)
    if story["gate"] != "passed":
        raise NotReleased(f"version {version} was refused by the gate: {'; '.join(story['reasons'])}")
    target = repository / MODEL / version
    if target.is_dir() and registry.folder_hash(target) == story["sha256"]:
        return target
    source = registry.model_folder(home, version)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".deploying-") as scratch:
        folder = Path(scratch) / MODEL / version
        shutil.copytree(source, folder)
        _check_files(folder, story)
        card = ModelCard.read(folder / EXTRA_FOLDER / CARD_FILE)
        replace(card, version=int(version)).write(folder / EXTRA_FOLDER / CARD_FILE)
        smoke_test(home, version, folder)
        if target.exists():
            os.replace(target, Path(scratch) / "replaced")
        os.replace(folder, target)
    return target


def smoke_test(home: Path, version: str, folder: Path) -> None:
    """Load a version's folder as the server does, and see that it is as good as when it was measured.

    Raises ``NotReleased``.
    """
    try:
        engine = load_servable(folder).engine
    except Exception as error:  # a broken file can make its engine raise anything
        raise NotReleased(f"version {version} cannot be served: {error}") from error
    names = registry.data_of(home, version)["test"]
    pixels, labels = batches.read_all(home, names)
    reached = float(np.mean(engine.predict(pixels).argmax(axis=1) == labels))
    expected = registry.metrics_of(home, version)["accuracy"]
    if abs(reached - expected) > TOLERANCE:
        raise NotReleased(f"version {version} has an accuracy of {reached:.3f}; when it was made it had {expected:.3f}")


def withdraw(repository: Path, version: str) -> None:
    """Take a version out of a model repository at once; one that is not there is no error."""
    target = repository / MODEL / version
    if target.is_dir():
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".withdrawing-") as scratch:
            os.replace(target, Path(scratch) / version)


def _check_files(folder: Path, story: dict) -> None:
    if registry.folder_hash(folder) != story["sha256"]:
        raise NotReleased(f"the files of version {story['version']} are not those that were registered: train it again")
