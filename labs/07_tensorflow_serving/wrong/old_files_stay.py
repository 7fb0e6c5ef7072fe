"""Copies the new files over the old ones, some of which stay among them.

Rejected by: test_the_layout
"""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from pipeline.export import checksums
from server.model_card import CARD_FILE, EXTRA_FOLDER


def write_version(root, card, save):
    version = root / card.name / str(card.version)
    version.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=version.parent, prefix=".writing-") as scratch:
        folder = Path(scratch) / "version"
        extra = folder / EXTRA_FOLDER
        extra.mkdir(parents=True)
        save(folder)
        replace(card, files=checksums(folder, extra)).write(extra / CARD_FILE)
        shutil.copytree(folder, version, dirs_exist_ok=True)
    return version
