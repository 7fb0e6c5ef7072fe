"""Labels that cannot be right, and pictures that are no clothes: what only other pictures and models can tell.

Three witnesses. *The batch itself*: pictures that look alike have the same label, whatever the camera does to all of
them; random labels contradict each other. *The champion*: it knows which label is likely, but only of pictures like
those that it has learned from; of a drifted batch it says nothing. *The gate model*: it tells clothes from whatever
else people send. None of them sees a mistake that is made with every picture of a kind, in a drifted batch: that is
left to the gate at the end, which asks on test pictures with labels that can be trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import dataset
from pipeline.drift.detectors import picture_statistics
from pipeline.drift.evidence import Evidence
from pipeline.drift.evidence import look as look_at
from pipeline.loop import batches, registry
from server.model_card import PINNED_MODELS
from server.repository import load_servable

Finding = dict  # check: str, count: int, message: str, stops: bool

SAMPLE = 1000  # pictures of a batch that are looked at: enough to see two wrong labels in ten
NEIGHBORS, COMPONENTS, FOLDS = 5, 20, 3
SAME = 0.001  # pictures are like others unless the chance of such a difference is below this
LEAST_OF_A_LABEL = 20  # pictures, to say something of one label
ERRORS = 3  # standard errors that chance may make of a difference
TOLD = 0.1  # a share of refused pictures above this is told, even if it does not stop the batch


@dataclass(frozen=True)
class Sample:
    """Some pictures of one batch: uint8 (n, 28, 28), and their labels (n,)."""

    images: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, home: Path, batch: str, size: int = SAMPLE) -> Sample:
        images, labels = batches.read(home, batch)
        drawn = np.random.default_rng(0).permutation(len(labels))[:size]
        return cls(images[drawn], labels[drawn].astype(int))


def look(home: Path, batch: str, data: dict, champion: str | None, limits: dict) -> Iterator[Finding]:
    """What the three witnesses find in a batch whose arrays are sound; arguments as in ``validation``."""
    sample = Sample.of(home, batch)
    agreed = agreement(sample)
    others = [name for name in data["train"] if name != batch]
    if others:
        # Among more pictures there are some that are more alike; so there are as many of both.
        older = Sample.of(home, others[-1], len(sample.labels))
        yield from _contradictions(agreed, agreement(older), limits["contradiction"])
    if champion is not None:
        yield from _disagreement(registry.model_folder(home, champion), sample, _tests(home, data), limits)
    yield from _outsiders(sample, limits["refused"])


def agreement(sample: Sample) -> np.ndarray:
    """Whether each label is what the most similar pictures of the other two thirds of the sample say: bool (n,).

    The five nearest neighbors, on 20 principal components of the pixels.
    """
    from sklearn.decomposition import PCA
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from threadpoolctl import threadpool_limits

    classifier = make_pipeline(PCA(COMPONENTS, random_state=0), KNeighborsClassifier(NEIGHBORS))
    rows = sample.images.reshape(len(sample.images), -1).astype(np.float32)
    folds = KFold(FOLDS, shuffle=True, random_state=0)
    with threadpool_limits(1):  # for tables as small as this, threads wait for each other longer than they work
        said = cross_val_predict(classifier, rows, sample.labels, cv=folds)
    return said == sample.labels


def _contradictions(here: np.ndarray, there: np.ndarray, limit: float) -> Iterator[Finding]:
    """Labels that follow less from similar pictures than those of an older batch; both (n,), as from ``agreement``."""
    fall, error = there.mean() - here.mean(), np.sqrt(here.var() / len(here) + there.var() / len(there))
    if fall > limit + error:
        words = (
            f"label noise: {here.mean():.2f} of the labels are those of the pictures most like them, in older batches "
        )
        yield _finding("label noise", (~here).sum(), f"{words}{there.mean():.2f}", True)


def _disagreement(model: Path, sample: Sample, tests: list[Sample], limits: dict) -> Iterator[Finding]:
    """Where the champion contradicts labels of pictures that are like those of a test batch."""
    seen = look_at(sample.images, model)
    for test in tests:
        known = look_at(test.images, model)
        if picture_statistics(known, seen).p >= SAME:
            yield from _against_labels(seen, sample, known, test, limits["disagreement"])
            return
    words = "drift: the pictures are not like those of any test batch, so the champion cannot judge their labels"
    yield _finding("drift", len(sample.labels), words, False)


def _against_labels(seen: Evidence, sample: Sample, known: Evidence, test: Sample, limit: float) -> Iterator[Finding]:
    """How often the champion agrees with the labels, all and each, and how often it did on test pictures."""
    right, usual = seen.label == sample.labels, known.label == test.labels
    parts = {"all labels": (right, usual)}
    for label, name in enumerate(dataset.CLASSES):
        parts[f"the label {name}"] = (right[sample.labels == label], usual[test.labels == label])
    for name, (here, there) in parts.items():
        if min(len(here), len(there)) < LEAST_OF_A_LABEL:
            continue
        error = np.sqrt(here.var() / len(here) + there.var() / len(there))
        if there.mean() - here.mean() > limit + ERRORS * error:
            words = f"champion: it agrees with {here.mean():.2f} of {name}, on test pictures with {there.mean():.2f}"
            yield _finding("champion", (~here).sum(), words, True)


def _outsiders(sample: Sample, limit: float) -> Iterator[Finding]:
    """Pictures that are no clothes; clothes look odd to the gate model, too, where a camera has changed."""
    gate = load_servable(PINNED_MODELS / "clothing" / "1")
    refused = gate.engine.predict(sample.images).argmax(axis=1) != gate.card.classes.index("clothing")
    if refused.mean() > TOLD:
        words = f"outsiders: the gate model takes {refused.mean():.2f} of the pictures for something else"
        yield _finding("outsiders", refused.sum(), words, bool(refused.mean() > limit))


def _tests(home: Path, data: dict) -> list[Sample]:
    return [Sample.of(home, name) for name in data["test"]]


def _finding(check: str, count: int, message: str, stops: bool) -> Finding:
    return {"check": check, "count": int(count), "message": message, "stops": stops}
