"""What happened in the year, as the player writes it down and the score reads it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Week:
    """``right`` of the ``answered`` of the ``sent``; ``expected`` is what a model would get right that has seen all
    kinds. ``blame`` counts wrong or missing answers by the origin of the version that gave them. ``overdue``: labels
    that were paid for should have come before this week, and have not."""

    number: int
    sent: int = 0
    answered: int = 0
    right: int = 0
    expected: float = 0.0
    blame: Counter = field(default_factory=Counter)
    alarm: bool = False
    champion: int = 0
    overdue: bool = False

    @property
    def accuracy(self) -> float:
        return self.right / max(1, self.sent)

    @property
    def attainable(self) -> float:
        return self.expected / max(1, self.sent)


@dataclass
class Diary:
    """``notes`` are (week, text)."""

    weeks: list[Week] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)
    labels: int = 0
    retrainings: int = 0

    def note(self, text: str) -> None:
        self.notes.append((self.weeks[-1].number if self.weeks else 0, text))
