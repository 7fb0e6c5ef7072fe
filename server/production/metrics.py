"""What Prometheus scrapes: how much is asked, how fast it is answered, and what the answers look like.

If there are several worker processes, each writes to its own files in the folder that PROMETHEUS_MULTIPROC_DIR names,
and the one that is asked for ``/metrics`` adds them up.
"""

from __future__ import annotations

import os
import time
from functools import cache

import numpy as np
from prometheus_client import REGISTRY as PROCESS_REGISTRY
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from server.model_card import ModelCard
from server.production.environment import KNOWN_METHODS
from server.repository import Servable

MODEL = ("model", "version")
MILLISECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000)

RESPONSES = Counter("server_responses", "Responses, by status.", ("method", "status"))
SECONDS = Histogram(
    "inference_seconds",
    "Time to classify the images of one request, without the network.",
    MODEL,
    buckets=[milliseconds / 1000 for milliseconds in MILLISECONDS],
)
BATCH = Histogram("inference_batch_size", "Images in one request.", MODEL, buckets=(1, 2, 4, 8, 16, 32, 64, 256, 1024))
LABELS = Counter("inference_labels", "Answers, by the class of the highest score.", (*MODEL, "label"))
TENTHS = [tenth / 10 for tenth in range(1, 11)]
CONFIDENCE = Histogram("inference_confidence", "The highest score of an image, 0 to 1.", MODEL, buckets=TENTHS)

# A metric finds the series of its labels by hashing them each time; here each is kept once found.
response_counter = cache(RESPONSES.labels)
seconds = cache(SECONDS.labels)
batch_size = cache(BATCH.labels)
label_counter = cache(LABELS.labels)
confidence = cache(CONFIDENCE.labels)


def count_response(method: str, status: int) -> None:
    # The method is whatever the caller typed; each new one would be a new series, kept for good.
    response_counter(method if method in KNOWN_METHODS else "other", status).inc()


def count_inference(card: ModelCard, duration: float, scores: np.ndarray, labels: list[str]) -> None:
    """Count one request's ``scores`` (n, classes) and n ``labels``, which took ``duration`` seconds."""
    model, version = card.name, card.version
    seconds(model, version).observe(duration)
    batch_size(model, version).observe(len(labels))
    observe = confidence(model, version).observe
    for label, score in zip(labels, scores.max(axis=1).tolist(), strict=True):
        label_counter(model, version, label).inc()
        observe(score)


class CountedServable(Servable):
    """A model version that counts all its answers."""

    def classify(self, pixels: np.ndarray) -> tuple[np.ndarray, list[str]]:
        started = time.perf_counter()
        scores, labels = super().classify(pixels)
        count_inference(self.card, time.perf_counter() - started, scores, labels)
        return scores, labels


def exposition() -> bytes:
    """All metrics, of all workers, in Prometheus's text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(PROCESS_REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry)
