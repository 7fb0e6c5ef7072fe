"""What has happened in a loop so far, in ``story.json``: what was played, what was seen, and what came of each visit.

It is written after each act, in one step. So a loop that was killed goes on with the act in which it was.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from workbook.errors import UserError
from workbook.loop.service import replace_text

STORY = "story.json"


@dataclass(frozen=True)
class Plan:
    """How long a loop is: pictures a second, pictures before and after, labels to buy, and how training goes."""

    name: str
    rate: float
    looked_at: int  # pictures, for an accuracy
    old_test: int  # pictures of the first test batch
    bought: int  # labels to learn from
    tested: int  # labels to test with
    epochs: int
    hold: int  # answers of the canary at each step
    trouble: str = "blur 2"


FULL = Plan("full", rate=50, looked_at=1500, old_test=4000, bought=1500, tested=1000, epochs=5, hold=60)
FAST = Plan("fast", rate=100, looked_at=500, old_test=2500, bought=500, tested=400, epochs=4, hold=25)


@dataclass(frozen=True)
class Event:
    """Something to mark in the figure, ``time`` seconds after the beginning."""

    time: float
    kind: str
    text: str


@dataclass
class Chronicle:
    """``acts`` maps each act that is over to what came of it.

    ``visits`` are rows of time, request id, version, status, and 1 if the answer was right. ``seconds`` is how long it
    has been played, over all starts; ``place`` is the next picture of the stream.
    """

    home: Path
    plan: Plan
    acts: dict[str, dict] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    visits: list[tuple[float, str, int, int, int]] = field(default_factory=list)
    seconds: float = 0.0
    place: int = 0

    @classmethod
    def open(cls, home: Path, plan: Plan) -> Chronicle:
        """The chronicle of the loop in ``home``, empty if it is new. Raises ``UserError`` if it has another plan."""
        try:
            fields = json.loads((home / STORY).read_text(encoding="utf-8"))
            name, events = fields["plan"], [Event(**event) for event in fields["events"]]
            visits = [tuple(row) for row in fields["visits"]]
            chronicle = cls(home, plan, fields["acts"], events, visits, fields["seconds"], fields["place"])
        except FileNotFoundError:
            return cls(home, plan)
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{home / STORY} is broken, or of another version of the course: begin again with another --home"
            ) from error
        if name != plan.name:
            how = "with" if name == "fast" else "without"
            raise UserError(f"the loop in {home} was begun {how} --fast: go on so, or give this one another --home")
        return chronicle

    def finish(self, act: str, result: dict) -> None:
        """Write down that an act is over."""
        self.acts[act] = result
        events = [asdict(event) for event in self.events]
        fields = {"plan": self.plan.name, "acts": self.acts, "events": events, "visits": self.visits}
        replace_text(self.home / STORY, json.dumps({**fields, "seconds": self.seconds, "place": self.place}))

    @property
    def failed(self) -> int:
        """Requests without a good answer."""
        return sum(status // 100 != 2 for _, _, _, status, _ in self.visits)
