"""The model repository on disk, in TensorFlow Serving's layout: ``<root>/<name>/<version>/``.

What TensorFlow Serving does not know about is in a version's ``assets.extra/``: the model card and the model in the
formats of the other engines.
"""

from __future__ import annotations

import logging
import reprlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from server.engines import ENGINES, Engine
from server.model_card import CARD_FILE, EXTRA_FOLDER, ModelCard
from server.scores import check_scores, trial_pixels
from server.slips import likely_slip, slips_in

POLL_SECONDS = 1.0

log = logging.getLogger(__name__)

# Name, size and time of change of each file of a version: a new state is a new attempt to load it.
State = frozenset[tuple[str, int, int]]


class NotServed(LookupError):
    """No such model, or no such version of it. The message says what there is."""


@dataclass(frozen=True)
class Servable:
    """One version of one model, loaded and ready."""

    card: ModelCard
    engine: Engine

    def classify(self, pixels: np.ndarray) -> tuple[np.ndarray, list[str]]:
        """Scores (n, classes) and the labels (n,) of the highest, for uint8 pixels (n, height, width)."""
        scores = self.engine.predict(pixels)
        return scores, [self.card.classes[best] for best in scores.argmax(axis=1)]


Kind = Callable[[ModelCard, Engine], Servable]


class ModelRepository:
    """Every sound model version under ``root``, as it is on disk now or was at the last ``refresh``.

    A version that is broken or half written is logged and left out, until one of its files changes; if it was served
    before, the old state stays. Each is loaded as a ``kind`` of servable. Raises ``ValueError`` for a root that is not
    a folder.
    """

    def __init__(self, root: Path, kind: Kind = Servable) -> None:
        if not root.is_dir():
            raise ValueError(f"{root} is not a folder: expected a model repository, <name>/<version>/{EXTRA_FOLDER}/")
        self._root = root
        self._kind = kind
        self._states: dict[Path, State] = {}
        self._servables: dict[str, dict[int, Servable]] = {}
        self._slips: set[str] = set(slips_in(root))
        self._told: set[str] = set()
        self.refresh()

    def refresh(self) -> None:
        """Load what is new or changed, and drop what is gone.

        A request that holds a servable keeps it: what is dropped is freed when the last such request is done.
        """
        self._tell_slips()
        states = {folder: _state(folder) for folder in _version_folders(self._root)}
        changed = [folder for folder, state in states.items() if self._states.get(folder) != state]
        if not changed and states.keys() == self._states.keys():
            return
        served = {(s.card.name, s.card.version): s for versions in self._servables.values() for s in versions.values()}
        kept = {key: servable for key, servable in served.items() if self._root / key[0] / str(key[1]) in states}
        loaded = {(s.card.name, s.card.version): s for s in map(self._load_or_log, changed) if s}
        self._states = states
        self._servables = _by_name({**kept, **loaded})

    def watch(self) -> None:
        """Refresh every second from now on, in a thread that ends with the process."""
        threading.Thread(target=self._keep_refreshing, daemon=True, name="model-repository").start()

    def names(self) -> list[str]:
        return sorted(self._servables)

    def versions(self, name: str) -> list[int]:
        """The versions of a model, oldest first. Raises ``NotServed``."""
        versions = self._servables.get(name)
        if versions is None:
            raise NotServed(f"no model {reprlib.repr(name)}; there is {', '.join(self.names()) or 'none'}")
        return sorted(versions)

    def get(self, name: str, version: int) -> Servable:
        """Raises ``NotServed``."""
        servable = self._servables.get(name, {}).get(version)
        if servable is None:
            there = ", ".join(f"v{number}" for number in self.versions(name))
            raise NotServed(f"no version v{version} of {name}; there is {there}")
        return servable

    def why_empty(self) -> str:
        """Why a repository serves nothing, in one line."""
        if self._states:
            return f"every version in {self._root} is broken: the log says how"
        return likely_slip(self._root)

    def _tell_slips(self) -> None:
        """Log, once, what looks like a model but is not one; what is there at only one look is being written."""
        slips = set(slips_in(self._root))
        for slip in sorted(self._slips & slips - self._told):
            log.warning(slip)
            self._told.add(slip)
        self._slips = slips

    def _load_or_log(self, folder: Path) -> Servable | None:
        try:
            servable = load_servable(folder, self._kind)
        except Exception as error:  # a broken file can make its engine raise anything; the others must go on
            log.warning("model version left out: %s: %s", folder, error)
            return None
        log.info("model version loaded: %s", folder)
        return servable

    def _keep_refreshing(self) -> None:
        while not threading.Event().wait(POLL_SECONDS):
            try:
                self.refresh()
            except OSError as error:  # the tree changed under our feet; the next look will show
                log.warning("model repository: %s", error)


def load_servable(folder: Path, kind: Kind = Servable) -> Servable:
    """Load ``<name>/<version>/`` as a ``kind``, after checking its files against its card. Raises ``ValueError``."""
    extra = folder / EXTRA_FOLDER
    card = ModelCard.read(extra / CARD_FILE)
    if (card.name, str(card.version)) != (folder.parent.name, folder.name):
        raise ValueError(f"{extra / CARD_FILE} is the card of {card.name} version {card.version}")
    card.check_files(extra)
    for suffix, engine in ENGINES.items():
        for name in card.files:
            if name.endswith(suffix):
                servable = kind(card, engine(extra / name, card))
                check_scores(servable.engine.predict(trial_pixels(card.input)), card)
                return servable
    raise ValueError(f"no engine for the files in {extra}: expected one ending in {', '.join(ENGINES)}")


def _version_folders(root: Path) -> Iterator[Path]:
    for card in root.glob(f"*/[0-9]*/{EXTRA_FOLDER}/{CARD_FILE}"):
        yield card.parent.parent


def _state(folder: Path) -> State:
    stats = [(path.name, path.stat()) for path in (folder / EXTRA_FOLDER).iterdir()]
    return frozenset((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _by_name(servables: dict[tuple[str, int], Servable]) -> dict[str, dict[int, Servable]]:
    names: dict[str, dict[int, Servable]] = {}
    for (name, version), servable in servables.items():
        names.setdefault(name, {})[version] = servable
    return names
