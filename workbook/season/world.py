"""The year that is played: its seed, its events, and the pictures of each week and each gift, made once."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.season import world
from pipeline.season.events import WEEKS, Event, schedule
from pipeline.season.world import FIRST, Batch, Picture


@dataclass
class Year:
    """``times`` as many pictures as in the fast year; ``first`` is how many Jen has collected before it."""

    seed: int
    events: tuple[Event, ...] = ()
    weeks: int = WEEKS
    times: float = 1.0
    first: int = FIRST
    _made: dict[int, list[Picture]] = field(default_factory=dict, repr=False)
    _given: dict[int, list[Batch]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.events = self.events or schedule(self.seed)

    def pictures(self, week: int) -> list[Picture]:
        if week not in self._made:
            self._made[week] = world.pictures_of_week(self.seed, self.events, week, self.times)
        return self._made[week]

    def gifts(self, week: int) -> list[Batch]:
        if week not in self._given:
            self._given[week] = world.gifts_of_week(self.seed, self.events, week)
        return self._given[week]

    def jens_labels(self, week: int, pictures: list[Picture]) -> list[str]:
        return world.labels_by_jen(self.seed, week, pictures)

    def first_batch(self) -> Batch:
        if 0 not in self._made:
            self._made[0] = world.first_batch(self.seed, self.first).pictures
        return Batch("Jen", self._made[0], world.labels_by_jen(self.seed, 0, self._made[0]))

    def starting(self, name: str, week: int) -> bool:
        return any(event.name == name and event.start == week for event in self.events)
