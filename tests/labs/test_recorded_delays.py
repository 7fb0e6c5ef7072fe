"""The delays that lab 10 compares a detector with are those of its own two detectors, on the streams as they are."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from pipeline.drift.detectors import ks
from pipeline.drift.stream import drift_score
from tests.conftest import ROOT

NAIVE_WINDOW = 200


@pytest.fixture(scope="module")
def streams() -> ModuleType:
    spec = importlib.util.spec_from_file_location("streams", ROOT / "labs" / "10_monitoring" / "streams.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def naive_score(reference: np.ndarray, seen: np.ndarray) -> float:
    """Of a detector that looks at the brightness, whenever another 200 pictures are there."""
    full = len(seen) // NAIVE_WINDOW * NAIVE_WINDOW
    return ks(reference[:, 0], seen[full - NAIVE_WINDOW : full, 0]).distance if full else 0.0


def delay(streams: ModuleType, score: Callable[[np.ndarray, np.ndarray], float]) -> float:
    reference, rows = streams.streams()
    ends = range(streams.STEP, streams.LENGTH + 1, streams.STEP)
    return streams.mean_delay(np.array([[score(reference, stream[:end]) for end in ends] for stream in rows]))


def test_the_recorded_delays_are_those_of_the_two_detectors(streams):
    assert delay(streams, naive_score) == pytest.approx(streams.NAIVE_DELAY, rel=0.02)
    assert delay(streams, drift_score) == pytest.approx(streams.REFERENCE_DELAY, rel=0.02)
