"""A Keras model as LiteRT files: as it is, and quantized after training in four ways.

The kinds are those of Google's guide "Post-training quantization" (ai.google.dev/edge/litert, read in November 2026).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator

import numpy as np

from pipeline.export import without_notes
from server.preprocessing import to_model_input

FLOAT32, FLOAT16, DYNAMIC, INT8, UINT8 = KINDS = ("float32", "float16", "dynamic range", "int8", "uint8")
INTEGER_KINDS = (INT8, UINT8)


def convert(model, representative: np.ndarray, kinds: Iterable[str] = KINDS) -> dict[str, bytes]:
    """The content of a ``.tflite`` file for each of the ``kinds``, from one Keras model.

    ``representative``: uint8 pictures (n, height, width). For the integer kinds the converter sends them through the
    network, scaled as in training, and notes the lowest and highest number of each layer. Raises ``ValueError`` for a
    kind that does not exist, and for integer kinds without a picture.
    """
    kinds = list(kinds)
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise ValueError(f"there is no kind {unknown[0]!r}; expected one of {', '.join(KINDS)}")
    if not len(representative) and set(kinds) & {*INTEGER_KINDS}:
        raise ValueError("integer kinds need representative pictures; expected one or more")
    return convert_scaled(model, to_model_input(representative), kinds)


def convert_scaled(model, samples: np.ndarray, kinds: Iterable[str]) -> dict[str, bytes]:
    """The same, from ``samples`` (n, height, width, 1) that are given to the network as they are."""
    import tensorflow as tf

    signature = tf.TensorSpec([None, *samples.shape[1:]], tf.float32, name="image")
    with tempfile.TemporaryDirectory() as folder, without_notes():
        model.export(folder, input_signature=[signature], verbose=False)
        return {kind: _converter(folder, kind, samples).convert() for kind in kinds}


def _converter(folder: str, kind: str, samples: np.ndarray):
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    if kind != FLOAT32:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == FLOAT16:
        converter.target_spec.supported_types = [tf.float16]
    if kind in INTEGER_KINDS:
        converter.representative_dataset = lambda: _one_by_one(samples)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    if kind == UINT8:
        converter.inference_input_type = converter.inference_output_type = tf.uint8
    return converter


def _one_by_one(samples: np.ndarray) -> Iterator[list[np.ndarray]]:
    for sample in samples:
        yield [sample[np.newaxis]]


def from_each_class(labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Row numbers of ``count`` pictures, drawn at random, as many of each class as of any other, give or take one."""
    draw = np.random.default_rng(seed)
    classes = np.unique(labels)
    shares = [count // len(classes) + (place < count % len(classes)) for place in range(len(classes))]
    rows = [
        draw.choice(np.flatnonzero(labels == name), share, replace=False)
        for name, share in zip(classes, shares, strict=True)
    ]
    return np.concatenate(rows)
