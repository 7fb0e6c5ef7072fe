"""Runs beside the student's code: builds, trains and measures with it."""

from __future__ import annotations

import numpy as np


def network(classes: int) -> object:
    """What ``build_lenet`` built: each layer by kind, output shape and activation, and how it was compiled.

    Here and below, a value of the wrong kind goes to the checks as it is, and they say so.
    """
    model = _network(classes)
    if not hasattr(model, "layers"):
        return model
    return {
        "layers": [_described(layer) for layer in model.layers],
        "input": list(model.input_shape),
        "parameters": model.count_params(),
        "loss": model.loss if isinstance(model.loss, str) else type(model.loss).__name__,
        "compiled": bool(getattr(model, "optimizer", None)),
    }


def scores(images: np.ndarray) -> object:
    """What a new network makes of model input (n, 28, 28, 1)."""
    model = _network(10)
    return np.asarray(model(images)) if hasattr(model, "layers") else model


def learned(images: np.ndarray, labels: np.ndarray, others: np.ndarray) -> object:
    """The scores of ``others`` after four epochs on ``images`` and ``labels``."""
    import keras

    keras.utils.set_random_seed(1)
    model = _network(10)
    if not hasattr(model, "layers"):
        return model
    try:
        model.fit(images, labels, epochs=4, batch_size=32, verbose=0)
    except Exception as error:  # whatever Keras raises: the question is whether it learns
        return f"{type(error).__name__}: {error}"
    return np.asarray(model(others))


def measure(scores: np.ndarray, labels: np.ndarray) -> object:
    """The fields of what ``evaluate`` returns."""
    from pipeline.evaluate import Evaluation, evaluate

    made = evaluate(scores, labels)
    return vars(made) if isinstance(made, Evaluation) else made


def summary(accuracy: float, precision: np.ndarray, recall: np.ndarray, f1: np.ndarray) -> object:
    """``Evaluation.summary`` of these numbers, and the types of its values."""
    from pipeline.evaluate import Evaluation

    confusion = np.zeros((len(f1), len(f1)), int)
    made = Evaluation(accuracy, precision, recall, f1, confusion).summary()
    if not isinstance(made, dict):
        return made
    return {"values": made, "types": sorted({type(value).__name__ for value in made.values()})}


def digits(pixels: np.ndarray, labels: np.ndarray, others: np.ndarray) -> object:
    """What the model that was trained on ``pixels`` and ``labels`` takes ``others`` for, prepared as it should be."""
    from pipeline.digits import HIGH, train_digits

    rows = (others / HIGH).reshape(len(others), -1).astype(np.float32)
    model = train_digits(pixels, labels)
    return np.asarray(model.predict(rows)) if hasattr(model, "predict") else model


def _network(classes: int):
    from server.quiet import import_tensorflow

    import_tensorflow()
    from pipeline.lenet import build_lenet

    return build_lenet(classes)


def _described(layer) -> list:
    activation = getattr(getattr(layer, "activation", None), "__name__", "")
    return [type(layer).__name__, list(layer.output.shape[1:]), activation]
