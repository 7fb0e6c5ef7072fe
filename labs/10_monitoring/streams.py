"""Streams of pictures that nobody has seen, and how soon a detector sees what is wrong with them.

The pictures are scikit-learn's digits, as a camera would give them: they come with the course, and take no time.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from pipeline.drift.evidence import statistics_of
from pipeline.drift.troubles import blur, fog, light, noise, occlusion, rotation

SEED = 8  # the same streams for everybody, and each time
LENGTH, ONSET, STEP = 600, 240, 20
REFERENCE = 400
CALIBRATION, CLEAN, TROUBLED = 60, 40, 5  # streams; of the last so many for each trouble
FALSE_ALARMS = 0.05
MISSED = LENGTH - ONSET  # the delay of what was never seen, or seen before it was there
# Of two detectors on these streams, as `mean_delay` tells it. To work it out would take longer than all other checks of
# this lab together; tests/labs/test_recorded_delays.py does, and fails when the reference or the streams have changed.
NAIVE_DELAY, REFERENCE_DELAY = 251.4, 34.9


def moved(pixels: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """By one pixel to the left."""
    return np.pad(pixels, ((0, 0), (0, 0), (0, 1)))[:, :, 1:]


TROUBLES = {
    "noise": noise(12),
    "a lens out of focus": blur(0.4),
    "a camera that has turned a little": rotation(12),
    "a camera that has slipped": moved,
    "a lamp that fades": light(0.88),
    "a dirty lens": fog(12),
    "something in front of the lens": occlusion(2),
}


@cache
def streams() -> tuple[np.ndarray, np.ndarray]:
    """The reference (400, 8), and all streams (n, 600, 8): those to calibrate with, clean ones, troubled ones."""
    from sklearn.datasets import load_digits  # only one task of four needs it, and waits for it

    rng = np.random.default_rng(SEED)
    pixels = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)
    pixels = pixels[rng.permutation(len(pixels))]
    known, others = pixels[:REFERENCE], pixels[REFERENCE:]
    drawn = [
        others[rng.integers(0, len(others), LENGTH)] for _ in range(CALIBRATION + CLEAN + TROUBLED * len(TROUBLES))
    ]
    for number, change in enumerate(change for change in TROUBLES.values() for _ in range(TROUBLED)):
        stream = drawn[CALIBRATION + CLEAN + number]
        stream[ONSET:] = change(stream[ONSET:], rng)
    return statistics_of(known), np.stack([statistics_of(stream) for stream in drawn]).round(4)


def false_alarms(scores: np.ndarray) -> int:
    """How many of the clean streams raise the alarm."""
    return int((scores[CALIBRATION:][:CLEAN].max(axis=1) > level_of(scores)).sum())


def delays(scores: np.ndarray) -> dict[str, np.ndarray]:
    """For each trouble the pictures until each of its streams raised the alarm; ``MISSED`` where none came."""
    above = scores[CALIBRATION + CLEAN :] > level_of(scores)
    first = np.where(above.any(axis=1), (above.argmax(axis=1) + 1) * STEP - ONSET, MISSED)
    found = np.where(first > 0, first, MISSED).reshape(len(TROUBLES), TROUBLED)
    return dict(zip(TROUBLES, found, strict=True))


def mean_delay(scores: np.ndarray) -> float:
    return float(np.mean(list(delays(scores).values())))


def level_of(scores: np.ndarray) -> float:
    """The level that of the streams to calibrate with one in twenty exceeds."""
    highest = np.sort(scores[:CALIBRATION].max(axis=1))
    return float(highest[CALIBRATION - 1 - round(CALIBRATION * FALSE_ALARMS)])
