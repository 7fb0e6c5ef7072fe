"""One small class per runtime. Each loads a model file and turns a batch of pixels into scores.

An engine is made from the path of its model file and that model's card; ``predict`` takes uint8 pixels of
shape (n, height, width) and returns float32 scores of shape (n, classes), each row adding up to one.
"""

from __future__ import annotations

import math
import tempfile
import threading
from pathlib import Path
from typing import Protocol

import numpy as np

from server.model_card import ModelCard
from server.preprocessing import to_model_input
from server.quiet import import_tensorflow, without_chatter

LONGEST_REASON = 300  # characters


class Engine(Protocol):
    def predict(self, pixels: np.ndarray) -> np.ndarray: ...


class LiteRTEngine:
    """A ``.tflite`` file, run by the small interpreter that phones use: no TensorFlow, microseconds per call."""

    # A large batch goes through in parts whose intermediate results stay in the processor's cache.
    PART = 32

    def __init__(self, path: Path, card: ModelCard) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._high = card.input.high
        self._size = 0
        # An interpreter has one set of buffers, so two threads would mix up their pictures.
        self._lock = threading.Lock()
        with without_chatter():
            self._interpreter = Interpreter(str(path), num_threads=1)
            self._input = self._interpreter.get_input_details()[0]["index"]
            self._output = self._interpreter.get_output_details()[0]["index"]
            # The first call sets the interpreter up; no client should wait for that.
            self.predict(np.zeros((1, *card.input.shape), np.uint8))

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        with self._lock:
            parts = [self._scores(pixels[start : start + self.PART]) for start in range(0, len(pixels), self.PART)]
        return np.concatenate(parts)

    def _scores(self, pixels: np.ndarray) -> np.ndarray:
        batch = to_model_input(pixels, self._high)
        if len(batch) != self._size:
            self._interpreter.resize_tensor_input(self._input, batch.shape)
            self._interpreter.allocate_tensors()
            self._size = len(batch)
        self._interpreter.set_tensor(self._input, batch)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)


class OnnxEngine:
    """An ``.onnx`` file: a network of Keras, PyTorch or others, in the format that they share, run by ONNX Runtime.

    Takes float32 (n, height, width, 1) or, as PyTorch has it, (n, 1, height, width) or, as trees have it, (n, height *
    width). Of several outputs, the first of shape (n, classes) has the scores; XGBoost puts the label before it. Raises
    ``ValueError``, in one line, for a file that is anything else, or needs any other file.
    """

    def __init__(self, path: Path, card: ModelCard) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what is wrong is raised, too; once is enough
        try:
            # A file may name others that its weights are in, and nobody has hashed those. Here it finds none.
            with tempfile.TemporaryDirectory() as empty:
                options.add_session_config_entry("session.model_external_initializers_file_folder_path", empty)
                providers = ["CPUExecutionProvider"]
                self._session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=providers)
            (self._input,) = self._session.get_inputs()
            self._shape = _shape_of(self._input.shape, card.input.shape)
            self._high = card.input.high
            # The first call sets memory aside; no client should wait for that.
            self._scores = self._output_of_scores(card)
        except Exception as error:  # ONNX Runtime has a dozen kinds of its own, and long tales to tell
            reason = str(error).strip().partition("\n")[0]
            raise ValueError(f"{path} is no ONNX classifier in one file: {reason[:LONGEST_REASON]}") from error

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        batch = to_model_input(pixels, self._high).reshape(len(pixels), *self._shape)
        return self._session.run([self._scores], {self._input.name: batch})[0]

    def _output_of_scores(self, card: ModelCard) -> str:
        """The name of the output with a number for each class; of the first if there is none, to be refused later."""
        names = [output.name for output in self._session.get_outputs()]
        batch = np.zeros((1, *self._shape), np.float32)
        answers = zip(names, self._session.run(names, {self._input.name: batch}), strict=True)
        wanted = (1, len(card.classes))
        return next((name for name, answer in answers if getattr(answer, "shape", None) == wanted), names[0])


def _shape_of(declared: list[int | str | None], picture: tuple[int, int]) -> tuple[int, ...]:
    """How the model has one picture of (height, width): the channel last, or first, or flat. Raises ``ValueError``."""
    for shape in ((*picture, 1), (1, *picture), (math.prod(picture),)):
        fits = [size in (own, None) or isinstance(size, str) for size, own in zip(declared[1:], shape, strict=False)]
        if len(declared) == len(shape) + 1 and all(fits):
            return shape
    raise ValueError(f"its input has the shape {tuple(declared)}; expected (n, {picture[0]}, {picture[1]}, 1)")


class KerasEngine:
    """A ``.keras`` file, called through one compiled function that takes a batch of any size."""

    def __init__(self, path: Path, card: ModelCard) -> None:
        import_tensorflow()
        import keras
        import tensorflow as tf

        # safe_mode keeps a model file from bringing its own code.
        model = keras.models.load_model(path, compile=False, safe_mode=True)
        signature = tf.TensorSpec([None, *card.input.shape, 1], tf.float32)
        graph = tf.function(lambda batch: model(batch, training=False))
        # A tf.function with a fixed signature keeps its lock when it refuses another shape, and hangs from then on.
        self._scores = graph.get_concrete_function(signature)
        self._high = card.input.high
        # The first call traces and compiles; no client should wait for that.
        self.predict(np.zeros((1, *card.input.shape), np.uint8))

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        return self._scores(to_model_input(pixels, self._high)).numpy()


class LogisticRegressionEngine:
    """A ``.npz`` file: the two arrays of a logistic regression, for which NumPy is enough.

    ``coefficients`` (classes, height * width) and ``intercepts`` (classes,), floating-point numbers. Raises
    ``ValueError``, which says what is wrong, for a file that has anything else.
    """

    def __init__(self, path: Path, card: ModelCard) -> None:
        classes = len(card.classes)
        shapes = {"coefficients": (classes, math.prod(card.input.shape)), "intercepts": (classes,)}
        arrays = _read_arrays(path, shapes)
        self._weights, self._bias = arrays["coefficients"].T, arrays["intercepts"]
        self._high = card.input.high

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        rows = to_model_input(pixels, self._high).reshape(len(pixels), -1)
        evidence = rows @ self._weights + self._bias
        # Softmax. With the highest subtracted, no exponential overflows, and the quotients are the same.
        powers = np.exp(evidence - evidence.max(axis=1, keepdims=True))
        return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def _read_arrays(path: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Finite floating-point arrays of these names and shapes. Raises ``ValueError``."""
    try:
        with np.load(path, allow_pickle=False) as file:  # pickle would run code that comes in the file
            arrays = {name: file[name] for name in shapes}
    except Exception as error:  # a broken file can make NumPy, zipfile or zlib raise anything
        raise ValueError(f"{path} does not hold the arrays {', '.join(shapes)}: {error}") from error
    for name, array in arrays.items():
        if array.shape != shapes[name]:
            raise ValueError(f"{path}: {name} have the shape {array.shape}; expected {shapes[name]}")
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ValueError(f"{path}: {name} are not all finite floating-point numbers")
    return arrays


class SklearnEngine:
    """A ``.skops`` file: any scikit-learn classifier on flat rows, saved without pickle.

    Importing scikit-learn takes a second and 70 MB, in each worker.
    """

    def __init__(self, path: Path, card: ModelCard) -> None:
        import skops.io

        # With nothing trusted beyond skops' own list, a file with any other type is refused.
        self._model = skops.io.load(path, trusted=[])
        self._high = card.input.high

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        rows = to_model_input(pixels, self._high).reshape(len(pixels), -1)
        return self._model.predict_proba(rows).astype(np.float32)


# By the ending of the model file; of several files in one version, the first in this order is served.
ENGINES: dict[str, type[Engine]] = {
    ".tflite": LiteRTEngine,
    ".onnx": OnnxEngine,
    ".keras": KerasEngine,
    ".npz": LogisticRegressionEngine,
    ".skops": SklearnEngine,
}
