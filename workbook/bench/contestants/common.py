"""What the peers share: where to listen, and the reference's LiteRT file in the reference's interpreter."""

import os
import socket

import numpy as np
from ai_edge_litert.interpreter import Interpreter

NAME = "clothes"
HOST = "127.0.0.1"


def port() -> int:
    return int(os.environ["PORT"])


def workers() -> int:
    return int(os.environ["WORKERS"])


def free_port() -> int:
    """For the other ports that a peer opens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class Clothes:
    """One interpreter, for one thread."""

    def __init__(self) -> None:
        path = f"{os.environ['MODELS']}/clothes/1/assets.extra/clothes.tflite"
        self._interpreter = Interpreter(path, num_threads=1)
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._size = 0

    def scores(self, images: object) -> np.ndarray:
        """float32 scores (n, 10) of n images of 28 by 28 whole numbers from 0 to 255, lists or an array."""
        batch = np.asarray(images, np.float32).reshape(-1, 28, 28, 1) / np.float32(255)
        if len(batch) != self._size:
            self._interpreter.resize_tensor_input(self._input, batch.shape)
            self._interpreter.allocate_tensors()
            self._size = len(batch)
        self._interpreter.set_tensor(self._input, batch)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)
