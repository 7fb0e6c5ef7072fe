"""What pictures and answers are like without any drift, put down beside a model: ``reference.json``.

It is made when a version is exported, from pictures that the model was not trained on. ``add_reference`` gives one to a
version that is there already.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from pipeline.export import write_version
from server.model_card import CARD_FILE, EXTRA_FOLDER
from server.production.monitoring.reference import REFERENCE_FILE, STATISTICS, VALUES, Reference, rows_of
from server.repository import load_servable

WINDOW = 200
QUANTILES = 201
FALSE_ALARMS = 0.01  # of windows without drift; each of the statistics gets its part of them (Bonferroni)
CLEAN_WINDOWS = 4000


def reference_of(pixels: np.ndarray, scores: np.ndarray, window: int = WINDOW, seed: int = 0) -> Reference:
    """The reference of uint8 ``pixels`` (n, height, width) and the model's ``scores`` (n, classes) for them.

    One half of the pictures, drawn at random, is described. From the other, windows of so many pictures are drawn: what
    one in a hundred exceeds in any of its statistics are the limits. Raises ``ValueError`` for pictures too few for it.
    """
    if len(pixels) < 2 * window:
        raise ValueError(f"{len(pixels)} pictures are too few for windows of {window}: take {2 * window} or more")
    rng = np.random.default_rng(seed)
    rows = rng.permutation(rows_of(pixels, scores))
    described, clean = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    quantiles = {
        name: np.quantile(described[:, column], np.linspace(0, 1, QUANTILES)) for column, name in enumerate(VALUES)
    }
    counts = np.bincount(described[:, -1].astype(int), minlength=scores.shape[1]) + 0.5
    without_limits = Reference(len(pixels), window, quantiles, counts / counts.sum(), {})
    return Reference(**{**vars(without_limits), "limits": _limits(without_limits, clean, rng)})


def _limits(reference: Reference, clean: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
    drawn = (clean[rng.choice(len(clean), reference.window, replace=False)] for _ in range(CLEAN_WINDOWS))
    distances = [list(reference.distances(window).values()) for window in drawn]
    highest = np.quantile(distances, 1 - FALSE_ALARMS / len(STATISTICS), axis=0)
    return {name: round(float(limit), 4) for name, limit in zip(STATISTICS, highest, strict=True)}


def add_reference(version: Path, pixels: np.ndarray, window: int = WINDOW) -> Path:
    """Write a reference, made from ``pixels``, into the folder of a version, and its SHA-256 into the card.

    The folder is replaced as a whole, as ``write_version`` does it. Returns it.
    """
    servable = load_servable(version)
    reference = reference_of(pixels, servable.engine.predict(pixels), window)

    def save(folder: Path) -> None:
        shutil.copytree(version, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(CARD_FILE))
        reference.write(folder / EXTRA_FOLDER / REFERENCE_FILE)

    return write_version(version.parent.parent, servable.card, save)
