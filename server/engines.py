"""One small class a runtime. Each loads a model file and turns a batch of pixels into scores.

An engine is made from the path of its model file and that model's card; ``predict`` takes uint8 pixels of
shape (n, height, width) and returns float32 scores of shape (n, classes), each row adding up to one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

from server.model_card import ModelCard
from server.preprocessing import to_model_input
from server.quiet import import_tensorflow


class Engine(Protocol):
    def predict(self, pixels: np.ndarray) -> np.ndarray: ...


class KerasEngine:
    """A ``.keras`` file, called through one compiled function that takes a batch of any size."""

    def __init__(self, path: Path, card: ModelCard) -> None:
        import_tensorflow()
        import keras
        import tensorflow as tf

        # safe_mode keeps a model file from bringing code of its own.
        model = keras.models.load_model(path, compile=False, safe_mode=True)
        signature = tf.TensorSpec([None, *card.input.shape, 1], tf.float32)
        self._scores = tf.function(lambda batch: model(batch, training=False), [signature])
        self._high = card.input.high
        # The first call traces and compiles; no client should wait for that.
        self.predict(np.zeros((1, *card.input.shape), np.uint8))

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        return self._scores(to_model_input(pixels, self._high)).numpy()


class SklearnEngine:
    """A ``.skops`` file: a scikit-learn classifier on flat rows, saved without pickle."""

    def __init__(self, path: Path, card: ModelCard) -> None:
        import skops.io

        # With nothing trusted beyond skops' own list, a file that holds any other type is refused.
        self._model = skops.io.load(path, trusted=[])
        self._high = card.input.high

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        rows = to_model_input(pixels, self._high).reshape(len(pixels), -1)
        return self._model.predict_proba(rows).astype(np.float32)


# By the ending of the model file.
ENGINES: dict[str, type[Engine]] = {".keras": KerasEngine, ".skops": SklearnEngine}
