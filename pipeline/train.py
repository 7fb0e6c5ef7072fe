"""Training: the one place where seed, batch size and validation share are set."""

from __future__ import annotations

import keras
import numpy as np

from pipeline.convnet import build_convnet
from pipeline.lenet import build_lenet
from server.preprocessing import to_model_input

SEED = 42
EPOCHS = 20
BATCH_SIZE = 128
VALIDATION_SHARE = 0.2  # the last fifth of the training set
AUGMENTED_EPOCHS = 25
SHIFT = 2  # pixels


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
    another machine gives different ones, with the same accuracy to within a few thousandths.
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


def train_convnet(
    pixels: np.ndarray, labels: np.ndarray, epochs: int = AUGMENTED_EPOCHS, seed: int = SEED
) -> keras.Sequential:
    """Train the better network on uint8 ``pixels`` (n, 28, 28) with integer ``labels`` (n,), all of them.

    Each epoch sees each picture changed at random: mirrored or not, and shifted by up to two pixels. The learning rate
    climbs for one epoch and then falls along a cosine (Loshchilov and Hutter 2017).
    """
    keras.utils.set_random_seed(seed)
    batches = _augmented(to_model_input(pixels), labels, seed)
    falling = max(1, epochs - 1) * len(batches)
    rate = keras.optimizers.schedules.CosineDecay(
        1e-4, falling, alpha=0.01, warmup_target=3e-3, warmup_steps=len(batches)
    )
    model = build_convnet()
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=1e-3),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=25,
    )
    model.fit(batches, epochs=epochs, shuffle=False, verbose=0)  # they are shuffled already
    return model


def _augmented(images: np.ndarray, labels: np.ndarray, seed: int):
    import tensorflow as tf

    def change(batch: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        mirrored = tf.image.random_flip_left_right(batch, seed=seed)
        padded = tf.pad(mirrored, [[0, 0], [SHIFT, SHIFT], [SHIFT, SHIFT], [0, 0]])
        return tf.image.random_crop(padded, tf.shape(batch), seed=seed), labels

    pictures = tf.data.Dataset.from_tensor_slices((images, labels))
    return pictures.shuffle(len(images), seed=seed).batch(BATCH_SIZE).map(change).prefetch(2)
