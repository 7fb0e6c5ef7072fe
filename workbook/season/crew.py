"""The models of the year and the data that they are trained on: who is champion, who challenges, who is in the pool."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pipeline.season.learner import Learner, features_of, train
from pipeline.season.pumpkins import CLASSES

HELD_OUT = 0.3  # of the first pictures
EVERY = 3  # of a batch, one picture in so many is for testing
NEW_COUNTS = 2  # times as much as an old one does a new picture count in training


@dataclass(frozen=True)
class Version:
    """A model with its number. ``origin`` is what is wrong with it, as an event's name, or nothing.

    ``seen``, uint8 (n, 28, 28), are the pictures from which its labels were bought: what ``detect`` compares with.
    ``before`` is the model that had learned from none of them. How sure that one is can be compared: of pictures that
    it has learned from, a model is surer than of others of the same kind, and each week would look like a change.
    """

    number: int
    learner: Learner
    seen: np.ndarray
    before: Learner
    origin: str = ""
    broken: bool = False


@dataclass
class Labeled:
    """Pictures with labels: ``pixels`` uint8 (n, 28, 28), ``features`` (n, f), ``labels`` (n,)."""

    pixels: np.ndarray
    features: np.ndarray
    labels: np.ndarray

    def take(self, rows: np.ndarray | slice) -> Labeled:
        return Labeled(self.pixels[rows], self.features[rows], self.labels[rows])

    def with_more(self, other: Labeled) -> Labeled:
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Labeled(*(np.concatenate(pair) for pair in pairs))

    def __len__(self) -> int:
        return len(self.labels)


def labeled(pixels: np.ndarray, labels: list[str]) -> Labeled:
    return Labeled(pixels, features_of(pixels), np.array(labels))


@dataclass
class Pool:
    """What models are trained and tested on. ``stains`` are the origins of what should not be in it."""

    first: Labeled
    more: Labeled | None = None
    old: Labeled | None = None
    new: Labeled | None = None
    stains: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = round(len(self.first) * HELD_OUT)
        self.old, self.first = self.first.take(slice(0, count)), self.first.take(slice(count, None))

    def known(self) -> np.ndarray:
        """The pixels of all that is kept."""
        return np.concatenate([part.pixels for part in (self.first, self.more, self.old, self.new) if part is not None])

    def add(self, batch: Labeled, stain: str) -> None:
        """Keep a batch: a third for testing, as the newest; the newest so far is old from now on."""
        if stain and stain not in self.stains:
            self.stains.append(stain)
        test = np.arange(len(batch)) % EVERY == EVERY - 1
        rest = batch.take(~test)
        self.more = self.more.with_more(rest) if self.more else rest
        if self.new is not None:
            self.old = self.old.with_more(self.new)
        self.new = batch.take(test)

    def trained(self, number: int, seen: np.ndarray, before: Learner | None = None) -> Version:
        """A model of all that is kept for training; without ``before``, it has itself learned from none of ``seen``."""
        features, labels = [self.first.features], [self.first.labels]
        if self.more is not None:
            features += [self.more.features] * NEW_COUNTS
            labels += [self.more.labels] * NEW_COUNTS
        learner = train(np.concatenate(features), np.concatenate(labels), CLASSES)
        return Version(number, learner, seen, before or learner, self.stains[-1] if self.stains else "")

    def report(self, learner: Learner) -> dict:
        """What ``gate`` gets of a model: accuracy on old and new test pictures, and by class."""
        parts = {"old": self.old, "new": self.new}
        right = {name: right_of(learner, part) for name, part in parts.items() if part is not None and len(part)}
        labels = np.concatenate([parts[name].labels for name in right])
        together = np.concatenate(list(right.values()))
        classes = {name: float(together[labels == name].mean()) for name in CLASSES if (labels == name).any()}
        return {**{name: float(right[name].mean()) if name in right else None for name in parts}, "classes": classes}


def right_of(learner: Learner, part: Labeled) -> np.ndarray:
    """Whether the model's answer is the label: a bool for each picture."""
    return np.array(CLASSES)[learner.scores(part.features).argmax(axis=1)] == part.labels


def with_swapped_classes(version: Version, number: int) -> Version:
    """A model that says bad for good and good for bad, as after a file of classes in another order."""
    order = [CLASSES.index({"bad": "good", "good": "bad"}.get(name, name)) for name in CLASSES]
    learner = Learner(version.learner.weights[:, order], version.learner.bias[order])
    return replace(version, number=number, learner=learner, origin="bad model")
