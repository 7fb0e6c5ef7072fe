"""What answers the customers: the champion or the challenger, in this process or by a real server behind a front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pipeline.season.learner import Learner, features_of
from pipeline.season.world import Picture
from server.traffic.assignment import share_point, version_at


@dataclass(frozen=True)
class Split:
    """Which version each customer gets: ``share`` of the customers the ``challenger``, the others the ``champion``."""

    champion: int
    challenger: int
    share: float

    @property
    def shares(self) -> tuple[tuple[int, float], ...]:
        """Laid end to end, as the front takes them: the customers of a small share keep the challenger as it grows."""
        return (self.challenger, self.share), (self.champion, 1 - self.share)

    @property
    def salt(self) -> str:
        return f"version {self.challenger}"


@dataclass(frozen=True)
class Reply:
    """What the front says of one picture: the ``version`` that answered or failed to, 0 if the front said nothing.

    Where an answer came, there are ``scores`` (4,) and the ``pixels`` that the model got, uint8 (28, 28).
    """

    version: int
    scores: np.ndarray | None = None
    pixels: np.ndarray | None = None


class Service(Protocol):
    def deploy(self, version: int, learner: Learner, broken: bool) -> None:
        """Serve ``learner`` as ``version``; the file of a ``broken`` one is damaged on the way."""

    def split(self, split: Split) -> None:
        """From now on the customers are split like this."""

    def ask(self, pictures: Sequence[Picture], customers: Sequence[str]) -> list[Reply]:
        """What each customer gets for the picture beside it."""

    def suffer(self, trouble: str) -> None:
        """An event of a week that is about the service, not the pictures, such as a killed worker."""


class Rehearsal:
    """A service without a server, for tests and tables: the same answers, in less time, and no trouble by itself."""

    def __init__(self) -> None:
        self.learners: dict[int, Learner] = {}
        self._split = Split(1, 1, 0.0)

    def deploy(self, version: int, learner: Learner, broken: bool) -> None:
        if not broken:
            self.learners[version] = learner

    def split(self, split: Split) -> None:
        self._split = split

    def ask(self, pictures: Sequence[Picture], customers: Sequence[str]) -> list[Reply]:
        if not pictures:
            return []
        versions = [version_at(share_point(self._split.salt, key), self._split.shares) for key in customers]
        pixels = np.stack([picture.pixels for picture in pictures])
        features = features_of(pixels)
        learners = [self.learners.get(version) for version in versions]
        return [
            Reply(version, learner.scores(features[[row]])[0], pixels[row]) if learner else Reply(version)
            for row, (version, learner) in enumerate(zip(versions, learners, strict=True))
        ]

    def suffer(self, trouble: str) -> None:
        """Nothing: there is no worker to kill."""
