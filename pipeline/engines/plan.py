"""What a round of the loop is made of: which batches are there, and the hashes and settings that go into it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline import dataset
from pipeline.loop import batches, promotion, registry, training

FIRST = 12_000  # training images in the batch that a loop begins with
TEST = 2_000  # test images on which all models are compared


@dataclass(frozen=True)
class Round:
    """What somebody asks for. ``batch`` is an ``.npz`` file; None stands for the first images of Fashion-MNIST."""

    home: Path
    batch: Path | None = None
    strategy: str = "scratch"
    parameters: dict = field(default_factory=dict)
    rules: dict = field(default_factory=dict)


def configuration(asked: Round) -> dict:
    """The ``config`` of ``pipeline.loop.steps.run_round``, which every engine takes, and the ``champion``.

    The new model learns from what the champion has learned from, and the new batch, and is measured on the same test
    batches as the champion was. Raises ``NoData``, and ``ValueError`` for what no round can begin with: better now than
    after the training.
    """
    promotion.all_rules(asked.rules)
    home = asked.home.resolve()
    champion = registry.champion(home) or ""
    training.whole_recipe(asked.strategy, asked.parameters, champion or None)
    data = registry.data_of(home, champion) if champion else {"train": [], "test": [_first_test(home)]}
    return {
        "home": str(home),
        "path": str(asked.batch.resolve() if asked.batch else _first_batch(home)),
        "champion": champion,
        "data": data,
        "strategy": asked.strategy,
        "parameters": asked.parameters,
        "rules": asked.rules,
        "limits": {},
        "repository": str(home / "repository"),
    }


def _first_test(home: Path) -> str:
    dataset.ensure()
    images, labels = dataset.read_test_set()
    return batches.ingest(home, images[:TEST], labels[:TEST], "Fashion-MNIST, test images")


def _first_batch(home: Path) -> Path:
    path = home / "incoming" / "first.npz"
    if not path.exists():
        dataset.ensure()
        images, labels = dataset.read_training_set()
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(".new.npz")  # one that was half written when somebody ended this is not taken for it
        np.savez(whole, images=images[:FIRST], labels=labels[:FIRST])
        os.replace(whole, path)
    return path
