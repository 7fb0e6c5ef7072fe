"""A trained model into a version of a model repository: its file, and the card that describes it."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from server.model_card import CARD_FILE, ModelCard, sha256_of
from server.repository import EXTRA_FOLDER


def framework(package: str) -> dict[str, str]:
    """The name and version of the installed package that made a model."""
    return {"name": package, "version": importlib.metadata.version(package)}


def save_keras(model, folder: Path) -> None:
    """Write a Keras model in both of its formats: its own, and LiteRT's for serving without TensorFlow."""
    model.save(folder / "clothes.keras")
    model.export(folder / "clothes.tflite", format="litert", verbose=False)


def write_version(root: Path, card: ModelCard, save: Callable[[Path], None]) -> Path:
    """Write ``<root>/<name>/<version>/`` and return it; a version that is there is replaced as a whole.

    ``save`` is called with the folder to write the model's files to. Their SHA-256 go into the card.
    """
    version = root / card.name / str(card.version)
    version.parent.mkdir(parents=True, exist_ok=True)
    # The hidden name is no version number, so no server takes a half-written version for a model.
    with tempfile.TemporaryDirectory(dir=version.parent, prefix=".writing-") as scratch:
        extra = Path(scratch) / "version" / EXTRA_FOLDER
        extra.mkdir(parents=True)
        save(extra)
        files = {path.name: sha256_of(path) for path in sorted(extra.iterdir())}
        replace(card, files=files).write(extra / CARD_FILE)
        if version.exists():
            shutil.move(version, Path(scratch) / "replaced")
        os.replace(extra.parent, version)
    return version
