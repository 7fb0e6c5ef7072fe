"""How many pictures a model gets right that has labels of each kind: ``python -m workbook.season.expectation``.

The score compares with these numbers, so that a hard kind of pumpkin costs nobody points.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np
from rich.progress import track

from pipeline.season.events import WEEKS, Event
from pipeline.season.learner import Learner, features_of, train
from pipeline.season.pumpkins import CLASSES, FIELD, MODIFIED, WATERMELON
from pipeline.season.world import Picture, first_batch, labels_by_jen, pictures_of_week

BY_DAY = {FIELD: 0.87, MODIFIED: 0.77, WATERMELON: 0.96}
IN_DIM_LIGHT = {FIELD: 0.84, MODIFIED: 0.74, WATERMELON: 0.95}
KINDS = (("lamp",), ("modified",), ("lamp", "modified"))  # what a year's events make of the pictures
WEEK, TIMES = 40, 2  # a week in which all of it is in full swing, and how many pictures: 134
ASKED = 10_000  # added to a seed: pictures that no model has learned from


def expected_right(kind: str, dim: bool) -> float:
    """The share of pictures of ``kind``, by day or in dim light, of which such a model is right."""
    return (IN_DIM_LIGHT if dim else BY_DAY)[kind]


def measured(seed: int) -> dict[tuple[str, bool], list[bool]]:
    """Of each kind, by day and in dim light: which pictures a model is right about that has labels of all of them."""
    first = first_batch(seed)
    pictures, labels = list(first.pictures), list(first.labels)
    for names in KINDS:
        more = _pictures(seed, names)
        pictures += more
        labels += labels_by_jen(seed, WEEK, more)
    learner = train(_features(pictures), np.array(labels), CLASSES)
    right = defaultdict(list)
    for names in ((), *KINDS):
        asked = _pictures(seed + ASKED, names)
        for picture, answer in zip(asked, _answers(learner, asked), strict=True):
            right[picture.kind, "lamp" in names].append(answer == picture.label)
    return right


def _pictures(seed: int, names: tuple[str, ...]) -> list[Picture]:
    return pictures_of_week(seed, tuple(Event(name, 1, WEEKS) for name in names), WEEK, TIMES)


def _features(pictures: list[Picture]) -> np.ndarray:
    return features_of(np.stack([picture.pixels for picture in pictures]))


def _answers(learner: Learner, pictures: list[Picture]) -> np.ndarray:
    return np.array(CLASSES)[learner.scores(_features(pictures)).argmax(axis=1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=range(201, 206))
    together = defaultdict(list)
    for seed in track(parser.parse_args().seeds, "seeds"):
        for kind, right in measured(seed).items():
            together[kind] += right
    for (kind, dim), right in sorted(together.items()):
        light = "in dim light" if dim else "by day"
        taken = expected_right(kind, dim)
        print(f"{kind} {light}: {np.mean(right):.3f} of {len(right):,} pictures; the score takes {taken}")


if __name__ == "__main__":
    main()
