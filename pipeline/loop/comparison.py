"""Challenger and champion on the *same* pictures: the difference, how sure it is, and in which part of the data.

Scores come from LiteRT, through the server's engine. No TensorFlow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline import dataset
from pipeline.assessment.labels import Z
from pipeline.assessment.slices import attributes, thirds
from pipeline.experiments.verdicts import paired_p
from pipeline.loop import batches, registry
from server.repository import load_servable


def compare(home: Path, challenger: str, champion: str | None, test_batches: list[str]) -> dict:
    """Compare two models on all pictures of ``test_batches``, and return what was found, as JSON.

    A model is a version or the id of a run. ``overall``, and under ``batches``, ``classes`` and ``slices`` each part by
    its name, say ``count``, ``challenger`` (its accuracy) and, unless there is no champion, ``champion``,
    ``difference``, the 95 percent interval of it from ``low`` to ``high``, and ``p`` of the exact McNemar test. A
    difference above zero speaks for the challenger. Raises ``ValueError`` for a model whose files are broken.
    """
    pixels, labels = batches.read_all(home, test_batches)
    new = right_answers(home, challenger, pixels, labels)
    old = None if champion is None else right_answers(home, champion, pixels, labels)
    parts = {
        kind: {name: _figures(new, old, mask) for name, mask in masks}
        for kind, masks in _parts(home, test_batches, pixels, labels).items()
    }
    everything = np.ones(len(labels), bool)
    told = {"challenger": challenger, "champion": champion, "overall": _figures(new, old, everything)}
    return {**told, **parts}


def right_answers(home: Path, model: str, pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Whether a model is right about each picture: bool (n,). Raises ``ValueError`` if its files are broken."""
    servable = load_servable(registry.model_folder(home, model))
    return servable.engine.predict(pixels).argmax(axis=1) == labels


def difference(only_new: int, only_old: int, count: int) -> tuple[float, float, float]:
    """How much higher the accuracy of the new model is on ``count`` pictures, and the 95 percent interval of it.

    ``only_new`` are those that only the new model got right, ``only_old`` those that only the old one did. Half a
    picture is added to each of the four cells, which keeps the interval honest where few or none differ: Agresti and
    Min, "Simple improved confidence intervals for comparing matched proportions", Statistics in Medicine 24 (2005).
    """
    b, c, n = only_new + 0.5, only_old + 0.5, count + 2
    middle = (b - c) / n
    half = Z * math.sqrt((b + c) - (b - c) ** 2 / n) / n
    return (only_new - only_old) / count, middle - half, middle + half


def _figures(new: np.ndarray, old: np.ndarray | None, mask: np.ndarray) -> dict:
    count = int(mask.sum())
    figures = {"count": count, "challenger": float(new[mask].mean())}
    if old is None:
        return figures
    only_new, only_old = int((new & ~old & mask).sum()), int((old & ~new & mask).sum())
    gain, low, high = difference(only_new, only_old, count)
    compared = {"champion": float(old[mask].mean()), "difference": gain, "low": low, "high": high}
    return {**figures, **compared, "p": paired_p(only_old, only_new)}


def _parts(home: Path, names: list[str], pixels: np.ndarray, labels: np.ndarray) -> dict[str, Iterator]:
    counts = [batches.about(home, name)["count"] for name in names]
    light = attributes(pixels)["lightness"]
    return {
        "batches": _each(np.repeat(names, counts)),
        "classes": _each(np.array(dataset.CLASSES)[labels]),
        "slices": _each(np.char.add("lightness ", thirds(light, light))),
    }


def _each(groups: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    for name in np.unique(groups):
        yield str(name), groups == name
