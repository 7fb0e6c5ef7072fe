"""Training: the one place where seed, batch size and validation share are set."""

from __future__ import annotations

import keras
import numpy as np

from pipeline.lenet import build_lenet
from server.preprocessing import to_model_input

SEED = 42
EPOCHS = 20
BATCH_SIZE = 128
VALIDATION_SHARE = 0.2  # the last fifth of the training set


def train_lenet(
    pixels: np.ndarray,
    labels: np.ndarray,
    epochs: int = EPOCHS,
    seed: int = SEED,
    callbacks: tuple[keras.callbacks.Callback, ...] = (),
) -> tuple[keras.Sequential, dict[str, list[float]]]:
    """Train a new LeNet-5 on uint8 ``pixels`` (n, 28, 28) with integer ``labels`` (n,).

    Returns the model and, for each of ``loss``, ``accuracy``, ``val_loss`` and ``val_accuracy``, its value
    after each epoch. The same seed, machine and number of threads give the same weights to the last bit;
    another machine gives other ones, as good within some thousandths of accuracy.
    """
    keras.utils.set_random_seed(seed)
    model = build_lenet()
    history = model.fit(
        to_model_input(pixels),
        labels,
        epochs=epochs,
        batch_size=BATCH_SIZE,
        validation_split=VALIDATION_SHARE,
        callbacks=list(callbacks),
        verbose=0,
    )
    return model, history.history
