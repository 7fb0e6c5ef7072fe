"""What a new camera costs, by strategy: accuracy on old and on new pictures, CPU seconds, labels paid.

And what becomes of a model that learns from its own answers, round after round, because labels cost money.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.loop import batches, registry, training
from pipeline.loop.figures.world import FIRST, World
from server.repository import load_servable

FEW = 4  # one label in so many is bought


@dataclass(frozen=True)
class Outcome:
    """What a strategy reached: accuracies from 0 to 1, ``seconds`` of CPU for the training, how many ``labels``."""

    name: str
    old: float
    new: float
    seconds: float
    labels: int


def outcomes(world: World) -> Iterator[Outcome]:
    """The champion as it is, and each strategy, one after the other."""
    yield _outcome(world, "as it is", world.champion, 0)
    pixels, labels = batches.read(world.home, world.new)
    few = len(labels) // FEW
    part = batches.ingest(world.home, pixels[:few], labels[:few], "a quarter of the pictures with the trouble")
    yield from (
        _trained(world, "fine-tune, new alone", "fine_tune", {"replay": 0.0}, [world.base, world.new]),
        _trained(world, "fine-tune, old and new", "fine_tune", {}, [world.base, world.new]),
        _trained(world, "the same, few labels", "fine_tune", {"epochs": 10}, [world.base, part]),
        _trained(world, "window: the newest batch", "window", {"window": 1, "epochs": 8}, [world.base, world.new]),
        _trained(world, "from scratch, all data", "scratch", {"epochs": 8}, [world.base, world.new]),
    )


def own_answers(world: World, rounds: int) -> Iterator[Outcome]:
    """Rounds of fine-tuning in which the model's own answers to the new pictures are the labels; none is bought."""
    pixels, _ = batches.read(world.home, world.new)
    model = world.champion
    yield _outcome(world, "as it is", model, 0)
    for number, images in enumerate(np.array_split(pixels, rounds), 1):
        answers = load_servable(registry.model_folder(world.home, model)).engine.predict(images).argmax(axis=1)
        batch = batches.ingest(world.home, images, answers.astype(np.uint8), f"own answers, round {number}")
        data = {"train": [world.base, batch], "test": world.test}
        run = training.train(world.home, data, "fine_tune", {"replay": 0.0}, model)
        model = registry.register(world.home, run, FIRST)
        yield _outcome(world, f"after round {number}", model, 0)


def _trained(world: World, name: str, strategy: str, parameters: dict, train: list[str]) -> Outcome:
    data = {"train": train, "test": world.test}
    run = training.train(world.home, data, strategy, parameters, world.champion)
    return _outcome(world, name, run, batches.about(world.home, train[-1])["count"])


def _outcome(world: World, name: str, model: str, labels: int) -> Outcome:
    seconds = registry.metrics_of(world.home, model)["cpu_seconds"] if model != world.champion else 0.0
    return Outcome(name, *world.accuracies(model), seconds, labels)
