"""LeNet-5 in NumPy, on weights that are read from the ``.tflite`` file: no framework, and each layer can be changed.

Weights are a dictionary: ``conv1`` (6, 5, 5, 1), ``conv2`` (16, 5, 5, 6), ``dense1`` (120, 256), ``dense2`` (84, 120)
and ``scores`` (10, 84), with the outputs first, as LiteRT has them; and the biases of each, such as ``conv1 bias``.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from server.preprocessing import to_model_input
from server.quiet import without_chatter

LAYERS = ("conv1", "conv2", "dense1", "dense2", "scores")
PART = 500  # pictures at a time: each takes 100 kB on its way

Weights = dict[str, np.ndarray]


def read_weights(path: Path) -> Weights:
    """The float32 weights in a ``.tflite`` file of the course's network, by the names of their layers.

    Raises ``ValueError`` for a file of another network, or one that is quantized.
    """
    from ai_edge_litert.interpreter import Interpreter

    with without_chatter():
        interpreter = Interpreter(str(path), num_threads=1)
        interpreter.allocate_tensors()
    found: Weights = {}
    for tensor in interpreter.get_tensor_details():
        named = re.search("|".join(LAYERS), tensor["name"])
        shape = tensor["shape"]
        is_kernel, is_bias = len(shape) in (2, 4) and shape[0] > 1, len(shape) == 1
        if named and tensor["dtype"] is np.float32 and (is_kernel or is_bias):
            name = named[0] + (" bias" if is_bias else "")
            found[name] = interpreter.get_tensor(tensor["index"]).copy()
    if found.keys() != {*LAYERS, *(f"{layer} bias" for layer in LAYERS)}:
        raise ValueError(f"{path.name} does not hold the float32 weights of the course's network")
    return found


def scores(weights: Weights, pixels: np.ndarray) -> np.ndarray:
    """The network's answers, float32 (n, classes), to uint8 pictures (n, 28, 28)."""
    starts = range(0, len(pixels), PART)
    return np.concatenate([_forward(weights, to_model_input(pixels[start : start + PART])) for start in starts])


def _forward(weights: Weights, maps: np.ndarray) -> np.ndarray:
    for layer in ("conv1", "conv2"):
        maps = _halved(_relu(_convolution(maps, weights[layer]) + weights[f"{layer} bias"]))
    rows = maps.reshape(len(maps), -1)
    for layer in ("dense1", "dense2"):
        rows = _relu(rows @ weights[layer].T + weights[f"{layer} bias"])
    return _softmax(rows @ weights["scores"].T + weights["scores bias"])


def _convolution(maps: np.ndarray, kernels: np.ndarray) -> np.ndarray:
    """(n, h, w, c) and kernels (k, 5, 5, c) give (n, h - 4, w - 4, k)."""
    windows = np.lib.stride_tricks.sliding_window_view(maps, kernels.shape[1:3], axis=(1, 2))
    return np.tensordot(windows, kernels.transpose(3, 1, 2, 0), axes=3)


def _halved(maps: np.ndarray) -> np.ndarray:
    """The means of two by two neighbors."""
    return (maps[:, ::2, ::2] + maps[:, 1::2, ::2] + maps[:, ::2, 1::2] + maps[:, 1::2, 1::2]) / 4


def _relu(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, 0)


def _softmax(evidence: np.ndarray) -> np.ndarray:
    powers = np.exp(evidence - evidence.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
