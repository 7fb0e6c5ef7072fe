"""The model's answer to the images of one request."""

from __future__ import annotations

import numpy as np

from server.repository import Servable


def infer(servable: Servable, pixels: np.ndarray) -> dict:
    """Classify uint8 pixels (n, height, width): ``result`` has the scores (n, classes), ``labels`` the best classes."""
    scores, labels = servable.classify(pixels)
    return {"result": scores, "labels": labels}
