"""Writes to the system's temporary folder, from which a move can be a copy, file by file.

Rejected by: test_nothing_is_seen_before_it_is_whole
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
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "version"
        extra = folder / EXTRA_FOLDER
        extra.mkdir(parents=True)
        save(folder)
        replace(card, files=checksums(folder, extra)).write(extra / CARD_FILE)
        if version.exists():
            shutil.move(version, Path(scratch) / "replaced")
        shutil.move(folder, version)
    return version
