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


def write_version(root: Path, card: ModelCard, model_file: str, save: Callable[[Path], None]) -> Path:
    """Write ``<root>/<name>/<version>/`` and return it; a version that is there is replaced as a whole.

    ``save`` is called with the path to write the model to, whose last part is ``model_file``. The SHA-256 of
    what it wrote goes into the card.
    """
    version = root / card.name / str(card.version)
    version.parent.mkdir(parents=True, exist_ok=True)
    # The hidden name is no version number, so no server takes a half-written version for a model.
    with tempfile.TemporaryDirectory(dir=version.parent, prefix=".writing-") as scratch:
        extra = Path(scratch) / "version" / EXTRA_FOLDER
        extra.mkdir(parents=True)
        save(extra / model_file)
        complete = replace(card, files={model_file: sha256_of(extra / model_file)})
        complete.write(extra / CARD_FILE)
        if version.exists():
            shutil.move(version, Path(scratch) / "replaced")
        os.replace(extra.parent, version)
    return version
