"""Writes file by file into the folder that the server watches.

Rejected by: test_nothing_is_seen_before_it_is_whole, test_a_failure_leaves_nothing
"""

from dataclasses import replace

from pipeline.export import checksums
from server.model_card import CARD_FILE, EXTRA_FOLDER


def write_version(root, card, save):
    version = root / card.name / str(card.version)
    extra = version / EXTRA_FOLDER
    extra.mkdir(parents=True, exist_ok=True)
    save(version)
    replace(card, files=checksums(version, extra)).write(extra / CARD_FILE)
    return version
