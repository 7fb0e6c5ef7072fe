"""A loop whose champion is the pinned model, made once in a run of the tests; each test has its registry to itself."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from pipeline import dataset
from pipeline.loop import adoption, batches, registry
from server.model_card import PINNED_MODELS

PASSED = {"passed": True, "reasons": []}
ANY_LETTERS = "Größe 1 #%20?"  # all that a path may have, and an address may not


@dataclass(frozen=True)
class Loop:
    """A loop with the pinned models' two runs; 1 is registered, and the champion. The other has learned ``more``, too.

    ``pixels`` and ``labels``, which are the same for all loops, are in none of its batches.
    """

    home: Path
    base: str
    more: str
    test: str
    runs: tuple[str, str]

    @property
    def data(self) -> dict:
        return {"train": [self.base], "test": [self.test]}

    @property
    def pixels(self) -> np.ndarray:
        return dataset.read_test_set()[0][2000:]

    @property
    def labels(self) -> np.ndarray:
        return dataset.read_test_set()[1][2000:]


@pytest.fixture(scope="session")
def made_once(data, request, tmp_path_factory) -> Loop:
    """Of several pytest processes, the first makes it, for making a database takes MLflow seconds."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if hasattr(request.config, "workerinput") else root
    told = root / "loop.json"
    with FileLock(root / "loop.lock"):
        if not told.exists():
            made = asdict(_make(root / ANY_LETTERS))
            told.write_text(json.dumps({**made, "home": str(made["home"])}), encoding="utf-8")
    made = json.loads(told.read_text(encoding="utf-8"))
    return Loop(**{**made, "home": Path(made["home"])})


@pytest.fixture
def loop(made_once, tmp_path) -> Loop:
    """The database is copied; the files of its runs stay where they are, for the database has their paths."""
    shutil.copy(made_once.home / "mlflow.db", tmp_path)
    shutil.copytree(made_once.home / "batches", tmp_path / "batches")
    return Loop(**{**vars(made_once), "home": tmp_path})


def _make(home: Path) -> Loop:
    pixels, labels = dataset.read_test_set()
    parts = {"base": slice(600), "test": slice(600, 1200), "more": slice(1200, 1300)}
    hashes = {name: batches.ingest(home, pixels[part], labels[part], name) for name, part in parts.items()}
    learned = {"1": [hashes["base"]], "2": [hashes["base"], hashes["more"]]}
    runs = tuple(
        adoption.adopt(home, PINNED_MODELS / "clothes" / number, {"train": train, "test": [hashes["test"]]})
        for number, train in learned.items()
    )
    registry.promote(home, registry.register(home, runs[0], PASSED), "the course")
    return Loop(home, runs=runs, **hashes)
