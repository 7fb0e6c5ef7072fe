"""The network, its training and its measuring."""

from __future__ import annotations

import numpy as np
import pytest

from server.quiet import import_tensorflow

import_tensorflow()
from pipeline.evaluate import evaluate  # noqa: E402  TensorFlow is imported quietly first
from pipeline.lenet import build_lenet  # noqa: E402
from pipeline.train import train_lenet  # noqa: E402

BY_HAND = {
    "conv1": (5 * 5 * 1 + 1) * 6,
    "pool1": 0,
    "conv2": (5 * 5 * 6 + 1) * 16,
    "pool2": 0,
    "flatten": 0,
    "dense1": (4 * 4 * 16 + 1) * 120,
    "dense2": (120 + 1) * 84,
    "scores": (84 + 1) * 10,
}


def test_lenet_has_the_parameters_counted_by_hand():
    model = build_lenet()
    assert {layer.name: layer.count_params() for layer in model.layers} == BY_HAND
    assert model.count_params() == 44426
    assert (model.input_shape, model.output_shape) == ((None, 28, 28, 1), (None, 10))


def test_the_same_seed_gives_the_same_weights_and_another_others(test_set):
    pixels, labels = test_set[0][:2560], test_set[1][:2560]
    first, history = train_lenet(pixels, labels, epochs=1)
    again, _ = train_lenet(pixels, labels, epochs=1)
    other, _ = train_lenet(pixels, labels, epochs=1, seed=1)
    assert all(np.array_equal(a, b) for a, b in zip(first.get_weights(), again.get_weights(), strict=True))
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])
    assert sorted(history) == ["accuracy", "loss", "val_accuracy", "val_loss"]


def test_evaluation_matches_a_count_by_hand():
    labels = np.array([0, 0, 0, 1, 1, 2])
    scores = np.eye(3)[[0, 0, 1, 1, 0, 0]]  # class 2 is never predicted
    result = evaluate(scores, labels)
    assert result.accuracy == pytest.approx(3 / 6)
    np.testing.assert_allclose(result.precision, [2 / 4, 1 / 2, 0])
    np.testing.assert_allclose(result.recall, [2 / 3, 1 / 2, 0])
    np.testing.assert_allclose(result.f1, [4 / 7, 1 / 2, 0])
    np.testing.assert_array_equal(result.confusion, [[2, 1, 0], [1, 1, 0], [1, 0, 0]])
    assert result.summary()["macro_recall"] == pytest.approx(0.3889)
