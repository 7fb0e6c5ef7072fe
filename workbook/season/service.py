"""What answers the customers: a version of the model for each request, in this process or by a real server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pipeline.season.learner import Learner, features_of
from pipeline.season.world import Picture

Answer = tuple[np.ndarray, np.ndarray]  # scores (4,), and the pixels that the model got, uint8 (28, 28)


class Service(Protocol):
    def deploy(self, version: int, learner: Learner, broken: bool) -> None:
        """Serve ``learner`` as ``version``; the file of a ``broken`` one is damaged on the way."""

    def ask(self, pictures: Sequence[Picture], versions: Sequence[int]) -> list[Answer | None]:
        """The answer to each picture by the version beside it; None where none came."""

    def suffer(self, trouble: str) -> None:
        """An event of a week that is about the service, not the pictures, such as a killed worker."""


class Rehearsal:
    """A service without a server, for tests and tables: the same answers, in less time, and no trouble by itself."""

    def __init__(self) -> None:
        self._learners: dict[int, Learner] = {}

    def deploy(self, version: int, learner: Learner, broken: bool) -> None:
        if not broken:
            self._learners[version] = learner

    def ask(self, pictures: Sequence[Picture], versions: Sequence[int]) -> list[Answer | None]:
        if not pictures:
            return []
        pixels = np.stack([picture.pixels for picture in pictures])
        features = features_of(pixels)
        learners = [self._learners.get(version) for version in versions]
        return [
            (learner.scores(features[[row]])[0], pixels[row]) if learner else None
            for row, learner in enumerate(learners)
        ]

    def suffer(self, trouble: str) -> None:
        """Nothing: there is no worker to kill."""
