"""Leaves the half-written folder behind when it fails.

Rejected by: test_a_failure_leaves_nothing
"""

import os
import shutil
from dataclasses import replace

from pipeline.export import checksums
from server.model_card import CARD_FILE, EXTRA_FOLDER


def write_version(root, card, save):
    version = root / card.name / str(card.version)
    folder = version.parent / f".{card.version}"
    extra = folder / EXTRA_FOLDER
    extra.mkdir(parents=True, exist_ok=True)
    save(folder)
    replace(card, files=checksums(folder, extra)).write(extra / CARD_FILE)
    if version.exists():
        shutil.rmtree(version)
    os.replace(folder, version)
    return version
