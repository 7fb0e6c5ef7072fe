"""Labeled pictures to try a server with."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache

import numpy as np

from pipeline import dataset
from server.engines import LiteRTEngine
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard

# Name and bytes of the header, of files in the format of MNIST.
FILES = {"images": ("t10k-images-idx3-ubyte.gz", 16), "labels": ("t10k-labels-idx1-ubyte.gz", 8)}
KNOWN = 0.8  # of the sample's pictures of each class are classified right by both versions


@cache
def labeled_test_set() -> tuple[np.ndarray, np.ndarray]:
    """The test set, without TensorFlow: uint8 (10000, 28, 28), and the names of the classes (10000,).

    Raises ``pipeline.dataset.NoData`` if it cannot be fetched.
    """
    content = {}
    for kind, (name, header) in FILES.items():
        path = dataset.cache_folder() / name
        if not dataset.is_genuine(path):  # to look at all four takes a second
            dataset.ensure()
        content[kind] = np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)
    return content["images"].reshape(-1, 28, 28), np.array(dataset.CLASSES)[content["labels"]]


def draw(random: np.random.Generator, of_each: int = 10) -> tuple[np.ndarray, list[str]]:
    """A mixed sample with ``of_each`` pictures of each class: uint8 (n, 28, 28) and n labels.

    Both versions of the model know at least eight of ten in each class, so that no test fails by bad luck. The first
    sixteen are of all classes.
    """
    images, labels = labeled_test_set()
    engines = [_engine(version) for version in (1, 2)]

    def known(rows: np.ndarray) -> bool:
        """Whether each version knows enough of these pictures, which are of one class."""
        found = [np.array(dataset.CLASSES)[engine.predict(images[rows]).argmax(axis=1)] for engine in engines]
        return min((names == labels[rows]).mean() for names in found) >= KNOWN

    rows = np.concatenate([_drawn(random, np.flatnonzero(labels == name), of_each, known) for name in dataset.CLASSES])
    mixed = rows.reshape(len(dataset.CLASSES), of_each).T.ravel()  # one of each class, again and again
    return images[mixed], labels[mixed].tolist()


def _drawn(random: np.random.Generator, rows: np.ndarray, count: int, good: Callable[[np.ndarray], bool]) -> np.ndarray:
    while True:
        drawn = random.choice(rows, count, replace=False)
        if good(drawn):
            return drawn


def _engine(version: int) -> LiteRTEngine:
    folder = PINNED_MODELS / "clothes" / str(version) / EXTRA_FOLDER
    return LiteRTEngine(folder / "clothes.tflite", ModelCard.read(folder / CARD_FILE))
