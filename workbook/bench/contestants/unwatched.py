"""The reference without its eye on drift: the same server and models, of which none has a ``reference.json``."""

import os
import shutil
import tempfile
from functools import partial
from pathlib import Path

from pipeline.export import write_version
from server.model_card import CARD_FILE, EXTRA_FOLDER, ModelCard
from server.production.monitoring.reference import REFERENCE_FILE
from server.production.workers import serve

LEFT_OUT = shutil.ignore_patterns(CARD_FILE, REFERENCE_FILE)


def copy_unwatched(models: Path, root: Path) -> None:
    """Copy the versions of ``models`` to ``root``, but for their references."""
    for card in models.glob(f"*/*/{EXTRA_FOLDER}/{CARD_FILE}"):
        copy = partial(shutil.copytree, card.parent.parent, dirs_exist_ok=True, ignore=LEFT_OUT)
        write_version(root, ModelCard.read(card), copy)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="unwatched-") as folder:
        copy_unwatched(Path(os.environ["MODELS"]), Path(folder))
        serve(Path(folder), port=int(os.environ["PORT"]), workers=int(os.environ["WORKERS"]))
