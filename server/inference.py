"""The model's answer to the images of one request, counted."""

from __future__ import annotations

import time

import numpy as np

from server import metrics
from server.repository import Servable


def infer(servable: Servable, pixels: np.ndarray) -> dict:
    """Classify uint8 pixels (n, height, width): ``result`` holds the scores (n, classes), ``labels`` the n best."""
    started = time.perf_counter()
    scores, labels = servable.classify(pixels)
    metrics.count_inference(servable.card, time.perf_counter() - started, scores, labels)
    return {"result": scores, "labels": labels}
