"""What came of a lab's checks, as plain data, independent of how it is shown."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class State(StrEnum):
    """Passed; failed; ``TODO``: the task's ``NotImplementedError`` is still there; ``BROKEN``: the check's own fault;
    ``SKIPPED``: what it needs is not here, which is nobody's fault."""

    PASSED = "passed"
    FAILED = "failed"
    TODO = "to do"
    BROKEN = "broken"
    SKIPPED = "not run"


@dataclass(frozen=True)
class Result:
    """One check: what it is about, what it is worth, and, unless it passed, what happened and why.

    ``how`` it failed, as in ``CheckFailed``, or "silent": no answer came. ``lost``: it was not run, because the task's
    file cannot be loaded.
    ``disturbed``: the program ran out of time or was killed, for which a busy machine may be to blame.
    """

    name: str
    title: str
    task: int
    points: int
    state: State
    sent: str = ""
    expected: str = ""
    got: str = ""
    likely: str = ""
    read: str = ""
    traceback: str = ""
    how: str = ""
    lost: bool = False
    disturbed: bool = False

    @property
    def earned(self) -> int:
        return self.points if self.state is State.PASSED else 0


@dataclass(frozen=True)
class Report:
    """All results of one run, the end of what the student's code printed, what is wrong with whole files, and
    ``notes`` on how it was checked."""

    lab: str
    results: tuple[Result, ...]
    printed: str = ""
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def earned(self) -> int:
        return sum(result.earned for result in self.results)

    @property
    def points(self) -> int:
        return sum(result.points for result in self.results)

    @property
    def failures(self) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.state not in (State.PASSED, State.SKIPPED))

    @property
    def explained(self) -> tuple[Result, ...]:
        """The failures that have something to say: neither tasks still to do, nor what ``problems`` say once for
        all."""
        return tuple(result for result in self.failures if result.state is not State.TODO and not result.lost)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Report:
        fields = json.loads(text)
        results = tuple(Result(**{**entry, "state": State(entry["state"])}) for entry in fields["results"])
        return cls(fields["lab"], results, fields["printed"], tuple(fields["problems"]), tuple(fields["notes"]))
