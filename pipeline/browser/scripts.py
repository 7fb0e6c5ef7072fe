"""The texts of ``model.js`` and ``samples.js``: scripts, because a page opened from a file may read nothing else."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np

from pipeline.browser.graph import to_graph_model
from server.model_card import ModelCard
from server.quiet import import_tensorflow

HEAD = "// Made by `python -m pipeline.browser`: change nothing here. {what}\n"


def model_script(folder: Path) -> str:
    """The version in ``folder``, such as ``server/models/clothes/1``, as ``const MODEL = …``, with what its card says
    of it.

    Raises ``ValueError`` for a model that is not in LeNet's family, and what ``ModelCard.read`` raises.
    """
    import_tensorflow()
    import keras

    extra = folder / "assets.extra"
    card = ModelCard.read(extra / "model_card.json")
    model = {
        "name": card.name,
        "version": card.version,
        "classes": list(card.classes),
        "accuracy": card.metrics["accuracy"],
        **to_graph_model(keras.models.load_model(extra / f"{card.name}.keras")),
    }
    return _script("MODEL", model, f"The weights of {card.name} v{card.version}, as anybody can copy them.")


def samples_script(pixels: np.ndarray, labels: np.ndarray) -> str:
    """Test pictures, uint8 (n, 28, 28), and their labels, whole numbers (n,), as ``const SAMPLES = …``.

    The pixels are in base64, one picture after another, row by row.
    """
    samples = {
        "labels": labels.tolist(),
        "pixels": base64.b64encode(np.ascontiguousarray(pixels, np.uint8).tobytes()).decode(),
    }
    return _script("SAMPLES", samples, "Test pictures of Fashion-MNIST (Zalando SE, MIT license).")


def _script(name: str, value: dict, what: str) -> str:
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(entry)}" for key, entry in value.items())
    return HEAD.format(what=what) + f"const {name} = {{\n{lines}\n}};\n"
