"""What Prometheus scrapes: how much is asked, how fast it is answered, and what the answers look like.

If there are several worker processes, each writes to its own files in the folder that PROMETHEUS_MULTIPROC_DIR names,
and the one that is asked for ``/metrics`` adds them up. Drift has no sum: that worker reads the newest pictures of all
workers, and compares them with the reference.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from prometheus_client import REGISTRY as PROCESS_REGISTRY
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from server.engines import Engine
from server.model_card import EXTRA_FOLDER, ModelCard
from server.production import answered
from server.production.environment import KNOWN_METHODS
from server.production.monitoring.reference import REFERENCE_FILE, Reference
from server.production.monitoring.window import Window
from server.repository import ModelRepository, NotServed, Servable

MODEL = ("model", "version")
MILLISECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000)
REQUEST_MILLISECONDS = (1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)

RESPONSES = Counter("server_responses", "Responses, by status.", ("method", "status"))
REQUEST_SECONDS = Histogram(
    "server_seconds",
    "Time to answer a request, from when all of it was there.",
    ("method",),
    buckets=[milliseconds / 1000 for milliseconds in REQUEST_MILLISECONDS],
)
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
request_seconds = cache(REQUEST_SECONDS.labels)
seconds = cache(SECONDS.labels)
batch_size = cache(BATCH.labels)
label_counter = cache(LABELS.labels)
confidence = cache(CONFIDENCE.labels)


# A series that begins with its first error has not grown, for Prometheus, and hides a burst. So these begin at 0.
for status in (200, 500, 503, 504):
    response_counter("POST", status)
request_seconds("POST")


def count_response(method: str, status: int, duration: float) -> None:
    """Count one answer, which took ``duration`` seconds."""
    # The method is whatever the caller typed; each new one would be a new series, kept for good.
    known = method if method in KNOWN_METHODS else "other"
    response_counter(known, status).inc()
    request_seconds(known).observe(duration)


def count_inference(card: ModelCard, duration: float, scores: np.ndarray, labels: list[str]) -> None:
    """Count one request's ``scores`` (n, classes) and n ``labels``, which took ``duration`` seconds."""
    model, version = card.name, card.version
    seconds(model, version).observe(duration)
    batch_size(model, version).observe(len(labels))
    for label, times in Tally(labels).items():
        label_counter(model, version, label).inc(times)
    observe = confidence(model, version).observe
    for score in scores.max(axis=1).tolist():
        observe(score)


@dataclass(frozen=True)
class CountedServable(Servable):
    """A model version that counts and signs all its answers, and is watched for drift if it has a ``reference``."""

    reference: Reference | None = None
    window: Window | None = None

    @cached_property
    def signature(self) -> dict[str, str | int]:
        return answered.signature_of(self.card)

    def classify(self, pixels: np.ndarray) -> tuple[np.ndarray, list[str]]:
        started = time.perf_counter()
        scores, labels = super().classify(pixels)
        answered.sign(self.signature)
        count_inference(self.card, time.perf_counter() - started, scores, labels)
        if self.window:
            self.window.add(pixels, scores)
        return scores, labels


def counted(
    models: Path, kind: type[CountedServable] = CountedServable
) -> Callable[[ModelCard, Engine], CountedServable]:
    """What a repository in the folder ``models`` makes its servables with, each of this ``kind``.

    A bad reference is a ``ValueError``.
    """

    def servable(card: ModelCard, engine: Engine) -> CountedServable:
        if REFERENCE_FILE not in card.files:
            return kind(card, engine)
        path = models / card.name / str(card.version) / EXTRA_FOLDER / REFERENCE_FILE
        reference = Reference.read(path, len(card.classes))
        shared = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        folder = Path(shared, "windows", card.name, str(card.version)) if shared else None
        return kind(card, engine, reference, Window(2 * reference.window, folder))

    return servable


class Drift(Collector):
    """How far the newest pictures of each version are from its reference, worked out when it is asked for.

    The ``last`` window is the newest so many pictures, the ``previous`` one those before them. So an alarm can ask for
    two in a row that have no picture in common, however fast pictures come. A window that is not full has no distance.
    """

    def __init__(self, repository: ModelRepository) -> None:
        self._repository = repository

    def collect(self) -> Iterator[GaugeMetricFamily]:
        far = "Distance of a window from the reference: Kolmogorov and Smirnov's, of the labels Cohen's w."
        drift = GaugeMetricFamily("inference_drift", far, labels=(*MODEL, "statistic", "window"))
        rare = "Distance that is rare without drift."
        limit = GaugeMetricFamily("inference_drift_limit", rare, labels=(*MODEL, "statistic"))
        pictures = GaugeMetricFamily("inference_drift_pictures", "Newest pictures that are held.", labels=MODEL)
        for servable in self._watched():
            version = (servable.card.name, str(servable.card.version))
            rows = servable.window.newest()
            pictures.add_metric(version, len(rows))
            for statistic, value in servable.reference.limits.items():
                limit.add_metric((*version, statistic), value)
            for window, statistic, value in _distances(servable.reference, rows):
                drift.add_metric((*version, statistic, window), value)
        yield from (drift, limit, pictures)

    def _watched(self) -> Iterator[CountedServable]:
        for name in self._repository.names():
            with contextlib.suppress(NotServed):  # it went between two lines
                for version in self._repository.versions(name):
                    servable = self._repository.get(name, version)
                    if servable.window:
                        yield servable


def _distances(reference: Reference, rows: np.ndarray) -> Iterator[tuple[str, str, float]]:
    size = reference.window
    for window, part in {"last": rows[-size:], "previous": rows[-2 * size : -size]}.items():
        if len(part) == size:
            for statistic, value in reference.distances(part).items():
                yield window, statistic, value


def exposition(repository: ModelRepository) -> bytes:
    """All metrics, of all workers, in Prometheus's text format, and the drift of what the ``repository`` serves."""
    drift = CollectorRegistry()
    drift.register(Drift(repository))
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(PROCESS_REGISTRY) + generate_latest(drift)
    multiprocess.MultiProcessCollector(drift)
    return generate_latest(drift)
