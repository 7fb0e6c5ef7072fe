"""Where the loop's figures are measured: clean pictures to begin with, and pictures of a camera that has changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline import dataset
from pipeline.drift.troubles import troubled
from pipeline.loop import batches, comparison, registry, training

FIRST = {"passed": True, "reasons": []}  # the first model has nothing to be compared with
BASE, NEW, TEST = 8000, 2000, 2000


@dataclass(frozen=True)
class World:
    """A loop in ``home`` with a champion that knows clean pictures, after a camera has changed.

    ``base`` and ``new`` are batches to learn from, clean ones and changed ones; ``old_test`` and ``new_test`` the same
    to measure on.
    """

    home: Path
    base: str
    new: str
    old_test: str
    new_test: str
    champion: str

    @property
    def test(self) -> list[str]:
        return [self.old_test, self.new_test]

    def accuracies(self, model: str) -> tuple[float, float]:
        """The accuracy of a model on old and on new test pictures, by LiteRT."""
        found = comparison.compare(self.home, model, None, self.test)["batches"]
        return found[self.old_test]["challenger"], found[self.new_test]["challenger"]


def world(home: Path, trouble: str, sizes: tuple[int, int, int] = (BASE, NEW, TEST)) -> World:
    """Make a world in an empty folder: a first champion trained from scratch on clean pictures, then the trouble.

    ``sizes`` are how many pictures the clean batch, the changed batch and each test batch have. All are pictures of
    Fashion-MNIST; those that are learned from are of its training set.
    """
    (pixels, labels), (test_pixels, test_labels) = dataset.read_training_set(), dataset.read_test_set()
    base, new, test = sizes
    late, seen = slice(base, base + new), slice(test, 2 * test)
    hashes = (
        batches.ingest(home, pixels[:base], labels[:base], "clean pictures"),
        batches.ingest(home, troubled(pixels[late], trouble), labels[late], f"pictures with {trouble}"),
        batches.ingest(home, test_pixels[:test], test_labels[:test], "clean test pictures"),
        batches.ingest(home, troubled(test_pixels[seen], trouble), test_labels[seen], f"test pictures with {trouble}"),
    )
    run = training.train(home, {"train": [hashes[0]], "test": [hashes[2]]}, "scratch", {"epochs": 8}, None)
    champion = registry.register(home, run, FIRST)
    registry.promote(home, champion, "the first model")
    return World(home, *hashes, champion)
