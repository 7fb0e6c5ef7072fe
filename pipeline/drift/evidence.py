"""What can be seen of pictures without knowing what is right: their pixels, the network's inside, its answers.

``look`` makes all of it from pixels. The network runs on LiteRT, whose interpreter can show its last hidden layer: no
TensorFlow, and some ten microseconds per picture.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from server.preprocessing import to_model_input
from server.production.monitoring.measures import brightness, sharpness
from server.quiet import without_chatter

LENET = PINNED_MODELS / "clothes" / "1"
STATISTICS = ("brightness", "sharpness", "contrast", "black", "light", "row", "column", "spread")
PART = 500


@dataclass(frozen=True)
class Evidence:
    """What was seen of n pictures.

    ``statistics`` (n, 8) in the order of ``STATISTICS``, ``hidden`` (n, units) the activations of the last hidden
    layer, ``confidence`` (n,) the highest score of each, and ``label`` (n,) the number of its class, of ``classes``.
    """

    statistics: np.ndarray
    hidden: np.ndarray
    confidence: np.ndarray
    label: np.ndarray
    classes: int

    def __len__(self) -> int:
        return len(self.label)

    def take(self, index: np.ndarray | slice) -> Evidence:
        """The evidence of some of the pictures: those of ``index``, in its order."""
        arrays = {f.name: getattr(self, f.name)[index] for f in fields(self) if f.name != "classes"}
        return Evidence(**arrays, classes=self.classes)

    def of(self, name: str) -> np.ndarray:
        """One column (n,) by its name: one of ``STATISTICS``, ``confidence`` or ``label``."""
        return self.statistics[:, STATISTICS.index(name)] if name in STATISTICS else getattr(self, name)


def look(pixels: np.ndarray, version: Path = LENET) -> Evidence:
    """Look at uint8 ``pixels`` (n, height, width) with the model in the folder ``version`` of a repository.

    Raises ``ValueError`` for a folder without a card, without a LiteRT file, or whose network has no hidden layer.
    """
    card = ModelCard.read(version / EXTRA_FOLDER / CARD_FILE)
    names = [name for name in card.files if name.endswith(".tflite")]
    if not names:
        raise ValueError(f"{version} holds no LiteRT file (.tflite), and only LiteRT shows a network's hidden layer")
    scores, hidden = _run(version / EXTRA_FOLDER / names[0], to_model_input(pixels, card.input.high))
    return Evidence(statistics_of(pixels), hidden, scores.max(axis=1), scores.argmax(axis=1), len(card.classes))


def statistics_of(pixels: np.ndarray) -> np.ndarray:
    """Eight numbers for each of uint8 ``pixels`` (n, height, width), floats (n, 8), in the order of ``STATISTICS``.

    ``contrast`` is the standard deviation of the levels; ``black`` and ``light`` are the shares of pixels below 10 and
    above 200; ``row`` and ``column`` say where the center of the light is, and ``spread`` how far from it the light is,
    all three in pixels.
    """
    levels = pixels.astype(np.float32)
    mass = levels.sum(axis=(1, 2)) + 1  # of a black picture the center is wherever: no division by zero
    rows, columns = np.arange(levels.shape[1]), np.arange(levels.shape[2])
    by_row, by_column = levels.sum(axis=2) / mass[:, None], levels.sum(axis=1) / mass[:, None]
    row, column = by_row @ rows, by_column @ columns
    spread = np.sqrt(np.maximum(by_row @ rows**2 - row**2 + by_column @ columns**2 - column**2, 0))
    contrast, black, light = levels.std(axis=(1, 2)), (pixels < 10).mean(axis=(1, 2)), (pixels > 200).mean(axis=(1, 2))
    return np.stack([brightness(pixels), sharpness(pixels), contrast, black, light, row, column, spread], axis=1)


def _run(path: Path, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n, classes) and hidden activations (n, units) of a LiteRT file for a float32 ``batch``."""
    from ai_edge_litert.interpreter import Interpreter

    with without_chatter(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that what we ask for takes memory
        interpreter = Interpreter(str(path), num_threads=1, experimental_preserve_all_tensors=True)
        interpreter.allocate_tensors()
        entry, scores = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
        hidden = _hidden_tensor(interpreter.get_tensor_details(), scores)
        parts = []
        for start in range(0, len(batch), PART):
            part = batch[start : start + PART]
            interpreter.resize_tensor_input(entry, part.shape)
            interpreter.allocate_tensors()
            interpreter.set_tensor(entry, part)
            interpreter.invoke()
            parts.append((interpreter.get_tensor(scores), interpreter.get_tensor(hidden)))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _hidden_tensor(details: list[dict], scores: int) -> int:
    """The number of the tensor that goes into the last layer: (1, units), where (classes, units) are its weights."""
    classes = details[scores]["shape"][-1]
    rows = [d for d in details if len(d["shape"]) == 2 and d["index"] < scores]
    units = {d["shape"][1] for d in rows if d["shape"][0] == classes}
    hidden = [d["index"] for d in rows if d["shape"][0] == 1 and d["shape"][1] in units]
    if not hidden:
        raise ValueError("the network has no hidden layer that ends in its scores")
    return hidden[-1]
