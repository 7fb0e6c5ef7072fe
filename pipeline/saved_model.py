"""A Keras model as TensorFlow Serving wants it: a SavedModel whose signatures bring their own preprocessing.

A signature is a function with a name that is stored in the model's graph. One name is TensorFlow Serving's own: the
signature ``serving_default`` answers requests that name none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

from pipeline.picture_graph import files_to_pixels
from server.model_card import ModelCard

Outputs = dict[str, tf.Tensor]


@dataclass(frozen=True)
class Signature:
    """A named function of one tensor; ``input`` is that tensor's name, type and shape."""

    name: str
    function: Callable[[tf.Tensor], Outputs]
    input: tf.TensorSpec


def save_as_saved_model(model: keras.Model, card: ModelCard, folder: Path) -> None:
    """Write ``saved_model.pb``, ``variables/`` and everything else in a SavedModel into ``folder``."""
    # The weights come along with the functions that use them; archive.track(model) would write them twice.
    archive = keras.export.ExportArchive()
    for signature in signatures_of(model, card):
        archive.add_endpoint(signature.name, signature.function, [signature.input])
    archive.write_out(str(folder), verbose=False)


def signatures_of(model: keras.Model, card: ModelCard) -> list[Signature]:
    """What the exported model can be asked: five signatures, each with the method of ``Graph`` of its name.

    Each takes one tensor, with the name, type and shape given here and a batch of any size n, and returns n rows.
    ``card`` says height and width.

    ``serving_default``: ``pixels``, uint8 (n, height, width), 0 to 255 as in the data set; answers ``scores``.
    ``labels``: the same pixels; answers ``scores`` and ``label``, the name of the best class.
    ``scaled``: ``image``, float32 (n, height, width, 1) from 0 to 1, the Keras model's own input; answers ``scores``.
    ``encoded``: ``image_bytes``, PNG or JPEG files; answers ``scores`` and ``label``. See ``pipeline.picture_graph``.
    ``classify``: ``inputs``, each a ``tf.Example`` with the feature ``pixels``, height times width whole numbers, row
    by row; answers ``classes`` and ``scores``, as TensorFlow Serving's Classify method wants it.
    """
    shape = card.input.shape
    graph = Graph(model, card)
    return [
        Signature("serving_default", graph.serving_default, tf.TensorSpec([None, *shape], tf.uint8, "pixels")),
        Signature("labels", graph.labels, tf.TensorSpec([None, *shape], tf.uint8, "pixels")),
        Signature("scaled", graph.scaled, tf.TensorSpec([None, *shape, 1], tf.float32, "image")),
        Signature("encoded", graph.encoded, tf.TensorSpec([None], tf.string, "image_bytes")),
        Signature("classify", graph.classify, tf.TensorSpec([None], tf.string, "inputs")),
    ]


class Graph:
    """The functions behind the signatures, written with TensorFlow's operations: Python stays behind at the export.

    ``card`` says what the pixels are, its ``input``, and what the ``classes`` are called.
    """

    def __init__(self, model: keras.Model, card: ModelCard) -> None:
        self._model = model
        self._input = card.input
        self._classes = card.classes

    def serving_default(self, pixels: tf.Tensor) -> Outputs:
        return {"scores": self.labels(pixels)["scores"]}

    def labels(self, pixels: tf.Tensor) -> Outputs:
        """What the network makes of ``pixels``, uint8 (n, height, width), 0 to ``self._input.high`` as in the data set.

        Turns them into model input as ``server.preprocessing.to_model_input`` does, but in the graph, so that no client
        can forget to: float32 from 0 to 1, with a channel axis. Returns ``scores``, float32 (n, classes), which are
        those of ``scaled``, and ``label``, strings (n,): the name of the class with the highest score, one of
        ``self._classes``. From ``classify``, the same numbers come as int64.

        Pixels of any other height, width or number of axes fail with ``InvalidArgumentError`` when the exported graph
        is asked; they are never classified, and never end the process.
        """
        checked = tf.ensure_shape(pixels, [None, *self._input.shape])
        image = tf.cast(checked, tf.float32)[..., tf.newaxis] / self._input.high
        scores = self.scaled(image)["scores"]
        return {"scores": scores, "label": tf.gather(self._classes, tf.argmax(scores, axis=1))}

    def scaled(self, image: tf.Tensor) -> Outputs:
        # Serving does not compare shapes with the signature's, and a convolution that gets too few axes can end the
        # process: MKL, on x86, aborts. So the graph looks for itself.
        checked = tf.ensure_shape(image, [None, *self._input.shape, 1])
        return {"scores": self._model(checked, training=False)}

    def encoded(self, image_bytes: tf.Tensor) -> Outputs:
        return self.labels(files_to_pixels(image_bytes, self._input.shape))

    def classify(self, inputs: tf.Tensor) -> Outputs:
        height, width = self._input.shape
        feature = tf.io.FixedLenFeature([height * width], tf.int64)
        rows = tf.io.parse_example(inputs, {"pixels": feature})["pixels"]
        scores = self.serving_default(tf.reshape(rows, [-1, height, width]))["scores"]
        return {"scores": scores, "classes": tf.tile([self._classes], [tf.shape(scores)[0], 1])}
