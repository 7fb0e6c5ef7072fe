"""A loop whose champion is the pinned model, made once; each test has the registry to itself."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from pipeline import dataset
from pipeline.loop import adoption, batches, registry
from server.model_card import PINNED_MODELS

PASSED = {"passed": True, "reasons": []}


@dataclass(frozen=True)
class Loop:
    """A loop with two versions, of which 1 is the champion; ``pixels`` and ``labels`` are in none of its batches."""

    home: Path
    base: str
    test: str
    runs: tuple[str, str]
    pixels: np.ndarray
    labels: np.ndarray

    @property
    def data(self) -> dict:
        return {"train": [self.base], "test": [self.test]}


@pytest.fixture(scope="session")
def made_once(data, tmp_path_factory) -> Loop:
    home = tmp_path_factory.mktemp("loop")
    pixels, labels = dataset.read_test_set()
    base = batches.ingest(home, pixels[:600], labels[:600], "base")
    test = batches.ingest(home, pixels[600:1200], labels[600:1200], "test")
    folders = (PINNED_MODELS / "clothes" / number for number in "12")
    runs = tuple(adoption.adopt(home, folder, {"train": [base], "test": [test]}) for folder in folders)
    first = registry.register(home, runs[0], PASSED)
    registry.promote(home, first, "the course")
    return Loop(home, base, test, runs, pixels[2000:], labels[2000:])


@pytest.fixture
def loop(made_once, tmp_path) -> Loop:
    """The database is copied; the files of its runs stay where they are, for the database has their paths."""
    shutil.copy(made_once.home / "mlflow.db", tmp_path)
    shutil.copytree(made_once.home / "batches", tmp_path / "batches")
    return Loop(tmp_path, *(getattr(made_once, name) for name in ("base", "test", "runs", "pixels", "labels")))
