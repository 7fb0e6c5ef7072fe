"""Which detector sees which trouble, how soon, and at which false-alarm rate: measured over many windows.

``held_out`` gives the reference and what thresholds are calibrated on, ``cases`` what comes before the camera, and
``sights`` how often each detector sees one of them. ``thresholds`` has to come first: a detector without a measured
false-alarm rate can see anything.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import dataset
from pipeline.drift.detectors import ALL, Detector, calibrate, windows
from pipeline.drift.evidence import Evidence, look
from pipeline.drift.troubles import TROUBLES, digits_as_pictures, mixed, troubled

SIZES = (50, 200, 1000)
HELD_OUT = 12_000  # the last fifth of the training pictures: LeNet-5 was validated on them, and not trained
BOOT = 9
BOOTS = 0.3
CLEAN = "clean"

Thresholds = dict[str, dict[int, float]]


@dataclass(frozen=True)
class Case:
    """What comes before the camera: its name, what is seen of it, and the model's accuracy on it, 0 to 1.

    A picture that is no piece of clothing counts as wrong whatever the model says.
    """

    name: str
    evidence: Evidence
    accuracy: float


@dataclass(frozen=True)
class Sight:
    """Of many windows: the ``rate`` above the threshold, and the medians of the distance and of p."""

    rate: float
    distance: float
    p: float


def held_out(pixels: np.ndarray) -> tuple[Evidence, Evidence]:
    """Reference and calibration: every other one of the held-out pictures among ``pixels``, all 60,000 for training."""
    evidence = look(pixels[-HELD_OUT:])
    return evidence.take(slice(0, None, 2)), evidence.take(slice(1, None, 2))


def cases(pixels: np.ndarray, labels: np.ndarray, seed: int = 0) -> Iterator[Case]:
    """The test pictures, uint8 (n, 28, 28), and their ``labels`` (n,): clean, with each trouble, with a new class, and
    with another mix of the old ones, which harms nobody.
    """
    clean = look(pixels)
    yield Case(CLEAN, clean, _accuracy(clean, labels))
    for name in TROUBLES:
        evidence = look(troubled(pixels, name, seed))
        yield Case(name, evidence, _accuracy(evidence, labels))
    digits = digits_as_pictures(len(pixels), seed)
    for name, share in {"digits": 1.0, "digits 20 %": 0.2, "digits 5 %": 0.05}.items():
        pictures = mixed(pixels, digits, share, seed)
        evidence = look(pictures)
        known = (pictures == pixels).all(axis=(1, 2))
        yield Case(name, evidence, _accuracy(evidence, np.where(known, labels, -1)))
    boots = _with_more_boots(labels, seed)
    yield Case("boots 30 %", clean.take(boots), _accuracy(clean.take(boots), labels[boots]))


def _accuracy(evidence: Evidence, labels: np.ndarray) -> float:
    return float((evidence.label == labels).mean())


def _with_more_boots(labels: np.ndarray, seed: int) -> np.ndarray:
    """The numbers of all boots, and of as many others that boots are ``BOOTS`` of all."""
    boots, others = np.flatnonzero(labels == BOOT), np.flatnonzero(labels != BOOT)
    count = round(len(boots) * (1 - BOOTS) / BOOTS)
    return np.concatenate([boots, np.random.default_rng(seed).choice(others, count, replace=False)])


def thresholds(
    reference: Evidence, clean: Evidence, repeats: int = 1000, alpha: float = 0.01, sizes: tuple[int, ...] = SIZES
) -> Thresholds:
    """For each detector and size of window the distance that a share ``alpha`` of ``clean`` windows exceeds."""
    return {
        name: {size: calibrate(detector, reference, windows(clean, size, repeats, seed=size), alpha) for size in sizes}
        for name, detector in ALL.items()
    }


def sights(
    case: Evidence, reference: Evidence, limits: Thresholds, repeats: int = 200, seed: int = 1
) -> dict[str, dict[int, Sight]]:
    """How often each detector of ``limits`` sees this case, over ``repeats`` windows of each of its sizes."""
    return {
        name: {
            size: _sight(ALL[name], reference, windows(case, size, repeats, seed), limit) for size, limit in by.items()
        }
        for name, by in limits.items()
    }


def _sight(detector: Detector, reference: Evidence, drawn: Iterator[Evidence], limit: float) -> Sight:
    findings = [detector(reference, window) for window in drawn]
    distances = np.array([finding.distance for finding in findings])
    p = float(np.median([finding.p for finding in findings]))
    return Sight(float((distances > limit).mean()), float(np.median(distances)), p)


def soonest(by_size: dict[int, Sight]) -> float:
    """The pictures that pass, on the average, until the alarm, with the best size of window; infinite if none comes.

    Windows come one after another, so it takes 1 / rate of them.
    """
    return min(size / sight.rate if sight.rate else float("inf") for size, sight in by_size.items())


def fashion_mnist() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pixels for training (60,000, 28, 28), those for testing (10,000, 28, 28) and their labels, without Keras."""
    folder = dataset.ensure()
    training, pixels, labels = (
        _unpacked(folder / name, skip)
        for name, skip in {
            "train-images-idx3-ubyte.gz": 16,
            "t10k-images-idx3-ubyte.gz": 16,
            "t10k-labels-idx1-ubyte.gz": 8,
        }.items()
    )
    return training.reshape(-1, 28, 28), pixels.reshape(-1, 28, 28), labels


def _unpacked(path: Path, skip: int) -> np.ndarray:
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8)[skip:]
