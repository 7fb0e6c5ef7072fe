"""What happens in the year, and when: one list, drawn by a seed. Week 1 is the first of August."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WEEKS = 52
# What each is, as the report tells it.
EVENTS = {
    "lamp": "the lamp over the table gets dim, until it is replaced",
    "modified": "genetically modified pumpkins come to the market",
    "melons": "people send in watermelons, and call them good pumpkins",
    "poisoned labels": "somebody sends a batch of labels in which good and bad are swapped",
    "good labels": "the factory sends a batch of labels, a gift",
    "late labels": "Jen is busy: labels that are paid for come three weeks later",
    "bad model": "somebody registers a model that was trained with swapped classes",
    "broken model": "somebody registers a model whose file does not survive the way to the server",
    "slow sender": "a phone with a bad connection holds its requests open",
    "killed worker": "one of the server's processes is killed",
}
HARMFUL = ("lamp", "modified")  # from which the service has to recover
# After the end of one of these, pictures change once more: an alarm is right for so many weeks.
SEEN = ("lamp", "modified", "melons")
SETTLING = 4


@dataclass(frozen=True)
class Event:
    """``name`` out of ``EVENTS``; it goes on from week ``start`` up to, and without, week ``end``."""

    name: str
    start: int
    end: int

    def on(self, week: int) -> bool:
        return self.start <= week < self.end


def schedule(seed: int) -> tuple[Event, ...]:
    """The events of the year with this seed, in order."""
    random = np.random.default_rng((seed, 0))

    def one(name: str, first: int, last: int, weeks: int = 1) -> Event:
        start = int(random.integers(first, last + 1))
        return Event(name, start, start + weeks)

    lamp, modified = one("lamp", 7, 10, 12), one("modified", 24, 27, WEEKS)
    late = lamp if random.random() < 0.5 else modified
    events = [
        lamp,
        modified,
        one("melons", 36, 39, 2),
        # While everybody waits for labels of the new kind, some are offered.
        Event("poisoned labels", modified.start + 1, modified.start + 2),
        Event("late labels", late.start, late.start + 4),
        one("good labels", 2, 4),
        one("bad model", 41, 43),
        one("broken model", 46, 48),
        one("slow sender", 2, 7),
        one("killed worker", 30, 50),
    ]
    return tuple(sorted(events, key=lambda event: (event.start, event.name)))


def going_on(events: tuple[Event, ...], name: str, week: int) -> bool:
    """Whether an event of this name goes on in that week."""
    return any(event.name == name and event.on(week) for event in events)


def pictures_may_change(events: tuple[Event, ...], week: int) -> bool:
    """Whether an alarm in that week can be about something: an event that pictures show has begun, or just ended."""
    return any(
        event.name in SEEN and (event.start <= week < event.start + 2 * SETTLING or 0 <= week - event.end < SETTLING)
        for event in events
    )
