"""Runs beside the student's code: many calls at once, and a thousand experiments in one."""

from __future__ import annotations

import numpy as np


def points(salt: str, keys: list[str]) -> list:
    """The point of each key."""
    from server.traffic.assignment import share_point

    return [share_point(salt, key) for key in keys]


def versions(places: list[float], shares: list[list]) -> list:
    """The version at each place of the line."""
    from server.traffic.assignment import version_at

    laid_out = tuple((version, share) for version, share in shares)
    return [version_at(place, laid_out) for place in places]


def alarm(right_a: np.ndarray, right_b: np.ndarray, alpha: float) -> dict:
    """When the test stops; in a dictionary, because never is ``None``, which is an answer here."""
    from pipeline.experiments.sequential import first_alarm

    return {"at": first_alarm(right_a, right_b, alpha)}


def alarms(seed: int, pairs: int, accuracy_a: float, accuracy_b: float) -> dict:
    """When the test stops in each of a thousand experiments."""
    from pipeline.experiments.sequential import first_alarm

    generator = np.random.default_rng(seed)
    a = generator.random((1000, pairs)) < accuracy_a
    b = generator.random((1000, pairs)) < accuracy_b
    return {"at": [first_alarm(*answers) for answers in zip(a, b, strict=True)]}
