"""Names the folder v1, which is not a number, so that no server finds it.

Rejected by: test_the_layout
"""

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from pipeline.export import checksums
from server.model_card import CARD_FILE, EXTRA_FOLDER


def write_version(root, card, save):
    version = root / card.name / f"v{card.version}"
    version.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=version.parent, prefix=".writing-") as scratch:
        folder = Path(scratch) / "version"
        extra = folder / EXTRA_FOLDER
        extra.mkdir(parents=True)
        save(folder)
        replace(card, files=checksums(folder, extra)).write(extra / CARD_FILE)
        if version.exists():
            shutil.move(version, Path(scratch) / "replaced")
        os.replace(folder, version)
    return version
