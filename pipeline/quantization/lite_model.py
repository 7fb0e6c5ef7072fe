"""A ``.tflite`` file of any kind, asked with pictures: what an app on a phone does, in Python."""

from __future__ import annotations

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from server.preprocessing import to_model_input
from server.quiet import without_chatter

PART = 100  # pictures at a time


class LiteModel:
    """A model for uint8 pictures (n, height, width), whatever numbers its file takes and gives."""

    def __init__(self, content: bytes) -> None:
        """Raises ``ValueError`` for anything but the content of a ``.tflite`` file."""
        with without_chatter():
            self._interpreter = Interpreter(model_content=content, num_threads=1)
            self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        (self._output,) = self._interpreter.get_output_details()
        self._size = 1

    @property
    def takes(self) -> tuple[str, float, int]:
        """The type of the numbers that go in, and their scale and zero; 0.0 and 0 if the file takes floats."""
        return self._input["dtype"].__name__, *self._input["quantization"]

    def scores(self, pixels: np.ndarray) -> np.ndarray:
        """Float32 (n, classes); those of an integer file are put back to 0 to 1."""
        parts = [self._part(pixels[start : start + PART]) for start in range(0, len(pixels), PART)]
        return np.concatenate(parts)

    def call(self, pixels: np.ndarray) -> None:
        """One call whose answer nobody reads, to be timed."""
        self._put(pixels)
        self._interpreter.invoke()

    def _part(self, pixels: np.ndarray) -> np.ndarray:
        self.call(pixels)
        numbers = self._interpreter.get_tensor(self._output["index"])
        scale, zero = self._output["quantization"]
        return (numbers.astype(np.float32) - zero) * np.float32(scale) if scale else numbers

    def _put(self, pixels: np.ndarray) -> None:
        if len(pixels) != self._size:
            with without_chatter():
                self._interpreter.resize_tensor_input(self._input["index"], (len(pixels), *self._input["shape"][1:]))
                self._interpreter.allocate_tensors()
            self._size = len(pixels)
        self._interpreter.set_tensor(self._input["index"], self._numbers(pixels))

    def _numbers(self, pixels: np.ndarray) -> np.ndarray:
        """What the input takes: scaled as in training, and then as the file says of itself."""
        scaled = to_model_input(pixels)
        _, scale, zero = self.takes
        return np.round(scaled / np.float32(scale) + zero).astype(self._input["dtype"]) if scale else scaled
