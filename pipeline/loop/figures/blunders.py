"""What goes wrong in a loop, made on purpose, and the step that stops it: in the name of each, what was done."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import dataset
from pipeline.loop import batches, comparison, promotion, registry, release, training, validation
from pipeline.loop.figures.world import FIRST, World
from server.model_card import EXTRA_FOLDER
from server.repository import load_servable

SWAPPED = ("Shirt", "Trouser")
POISONED = 0.3  # of the labels are drawn by lot


@dataclass(frozen=True)
class Stop:
    """What was done, the step that stopped it, and its ``reasons``; ``step`` is empty if nothing did."""

    name: str
    step: str
    reasons: list[str]


End = tuple[str, list[str]]


def stops(world: World) -> Iterator[Stop]:
    """Make each blunder, and see where it ends."""
    for name, blunder in BLUNDERS.items():
        yield Stop(name, *blunder(world))


def poisoned(world: World) -> End:
    """A batch in which three labels in ten are wrong, at random."""
    pixels, labels = batches.read(world.home, world.new)
    rng = np.random.default_rng(0)
    wrong = np.where(rng.random(len(labels)) < POISONED, rng.integers(0, len(dataset.CLASSES), len(labels)), labels)
    return _validated(world, pixels, wrong.astype(np.uint8), "poisoned")


def leaked(world: World) -> End:
    """A batch with ten pictures of the test data."""
    pixels, labels = batches.read(world.home, world.new)
    test_pixels, test_labels = batches.read(world.home, world.new_test)
    both = np.concatenate([pixels, test_pixels[:10]]), np.concatenate([labels, test_labels[:10]])
    return _validated(world, *both, "leaked")


def swapped(world: World) -> End:
    """A model that takes one class for another: it learned from labels that nobody had validated."""
    pixels, labels = batches.read(world.home, world.base)
    one, other = (dataset.CLASSES.index(name) for name in SWAPPED)
    turned = np.where(labels == one, other, np.where(labels == other, one, labels)).astype(np.uint8)
    batch = batches.ingest(world.home, pixels, turned, "two classes swapped")
    return _gated(world, [batch], "scratch", {"epochs": 4}, [world.old_test])


def worse(world: World) -> End:
    """A model that has hardly been trained."""
    return _gated(world, [world.base], "scratch", {"epochs": 1, "learning_rate": 0.001}, [world.old_test])


def forgetful(world: World) -> End:
    """A model fine-tuned on new pictures alone: better there, and it has forgotten the old ones."""
    return _gated(world, [world.base, world.new], "fine_tune", {"replay": 0.0}, world.test)


def self_taught(world: World) -> End:
    """A model that learned from the champion's own answers."""
    pixels, _ = batches.read(world.home, world.new)
    engine = load_servable(registry.model_folder(world.home, world.champion)).engine
    answers = engine.predict(pixels).argmax(axis=1).astype(np.uint8)
    batch = batches.ingest(world.home, pixels, answers, "own answers")
    return _gated(world, [world.base, batch], "fine_tune", {"replay": 0.0}, world.test)


def broken(world: World) -> End:
    """A model file of which a byte changed on the disk, after the gate had passed it."""
    run = training.train(world.home, {"train": [world.base], "test": world.test}, "scratch", {"epochs": 2}, None)
    version = registry.register(world.home, run, FIRST)
    path = registry.model_folder(world.home, version) / EXTRA_FOLDER / "clothes.tflite"
    kept = path.with_suffix(".kept")
    shutil.copy(path, kept)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    try:
        release.deploy(world.home, version, Path(world.home) / "repository")
        return "", []
    except release.NotReleased as error:
        return "deploy", [str(error)]
    finally:
        kept.replace(path)


BLUNDERS: dict[str, Callable[[World], End]] = {
    "poisoned batch": poisoned,
    "leaked test pictures": leaked,
    "swapped classes": swapped,
    "worse model": worse,
    "old data forgotten": forgetful,
    "own answers as labels": self_taught,
    "broken file": broken,
}


def _validated(world: World, pixels: np.ndarray, labels: np.ndarray, source: str) -> End:
    batch = batches.ingest(world.home, pixels, labels, source)
    data = {"train": [world.base], "test": world.test}
    found = validation.validate(world.home, batch, data, world.champion, {})
    reasons = [finding["message"] for finding in found["findings"] if finding["stops"]]
    return "validate" if reasons else "", reasons


def _gated(world: World, train: list[str], strategy: str, parameters: dict, test: list[str]) -> End:
    data = {"train": train, "test": test}
    run = training.train(world.home, data, strategy, parameters, world.champion)
    compared = comparison.compare(world.home, run, world.champion, test)
    verdict = promotion.decide(compared, {})
    return "" if verdict["passed"] else "gate", verdict["reasons"]
