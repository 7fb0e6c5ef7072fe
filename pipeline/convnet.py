"""A better network of LeNet-5's size: three blocks of small filters, each normalized, instead of two of large ones."""

from __future__ import annotations

import keras
from keras import layers

FILTERS = (16, 32, 64)


def build_convnet(classes: int = 10) -> keras.Sequential:
    """A convolutional network with 42,426 parameters (for ten classes), not compiled.

    Input and output are LeNet-5's: float32 (n, 28, 28, 1) in 0..1, and float32 (n, ``classes``), each row adding up to
    one. Small filters in a row see as much as a large one, with fewer weights (Simonyan and Zisserman 2014);
    batch normalization lets them train fast (Ioffe and Szegedy 2015).
    """
    model = keras.Sequential([layers.Input((28, 28, 1), name="image")], name="convnet")
    for filters in FILTERS:
        model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
        model.add(layers.BatchNormalization())
        model.add(layers.ReLU())
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.3))
    model.add(layers.Dense(32, activation="relu"))
    model.add(layers.Dense(classes, activation="softmax", name="scores"))
    return model
