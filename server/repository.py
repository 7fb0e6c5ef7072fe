"""The model repository on disk, in TensorFlow Serving's layout: ``<root>/<name>/<version>/``.

What TensorFlow Serving does not know of lies in a version's ``assets.extra/``: the model card and the
model in its original format.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from server.engines import ENGINES, Engine
from server.model_card import CARD_FILE, ModelCard

PINNED_MODELS = Path(__file__).parent / "models"
EXTRA_FOLDER = "assets.extra"


class NotServed(LookupError):
    """No such model, or no such version of it. The message says what there is."""


@dataclass(frozen=True)
class Servable:
    """One version of one model, loaded and ready."""

    card: ModelCard
    engine: Engine

    def classify(self, pixels: np.ndarray) -> tuple[np.ndarray, list[str]]:
        """Scores (n, classes) and the n labels of the highest, for uint8 pixels (n, height, width)."""
        scores = self.engine.predict(pixels)
        return scores, [self.card.classes[best] for best in scores.argmax(axis=1)]


class ModelRepository:
    """Every model version under ``root``, loaded when the repository is made.

    Raises ``ValueError`` for a root without models, for a card that is wrong or was made for another
    folder, and for a model file that is not the one its card describes.
    """

    def __init__(self, root: Path) -> None:
        self._servables: dict[str, dict[int, Servable]] = {}
        for card_path in sorted(root.glob(f"*/*/{EXTRA_FOLDER}/{CARD_FILE}")):
            servable = load_servable(card_path.parent.parent)
            self._servables.setdefault(servable.card.name, {})[servable.card.version] = servable
        if not self._servables:
            raise ValueError(f"no model in {root}: expected <name>/<version>/{EXTRA_FOLDER}/{CARD_FILE}")

    def names(self) -> list[str]:
        return sorted(self._servables)

    def versions(self, name: str) -> list[int]:
        """The versions of a model, oldest first. Raises ``NotServed``."""
        if name not in self._servables:
            raise NotServed(f"no model {name!r}; there is {', '.join(self.names())}")
        return sorted(self._servables[name])

    def get(self, name: str, version: int) -> Servable:
        """Raises ``NotServed``."""
        versions = self.versions(name)
        if version not in versions:
            there = ", ".join(f"v{number}" for number in versions)
            raise NotServed(f"no version v{version} of {name}; there is {there}")
        return self._servables[name][version]


def load_servable(folder: Path) -> Servable:
    """Load ``<name>/<version>/``, after checking its files against its card. Raises ``ValueError``."""
    extra = folder / EXTRA_FOLDER
    card = ModelCard.read(extra / CARD_FILE)
    if (card.name, str(card.version)) != (folder.parent.name, folder.name):
        raise ValueError(f"{extra / CARD_FILE} is the card of {card.name} version {card.version}")
    card.check_files(extra)
    for suffix, engine in ENGINES.items():
        for path in extra.glob(f"*{suffix}"):
            return Servable(card, engine(path, card))
    raise ValueError(f"no engine for the files in {extra}: expected one ending in {', '.join(ENGINES)}")
