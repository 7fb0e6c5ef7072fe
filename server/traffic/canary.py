"""How far a canary has come: a share that grows step by step while its answers are good, and is gone when they are not.

Plain state without a network or a clock of its own; ``lane`` feeds it with what the canary answered.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from server.traffic.policy import CanarySteps

GROWING, ARRIVED, ROLLED_BACK = "growing", "arrived", "rolled back"


class CanaryState:
    """Where on its ``plan`` a canary is. ``why`` says in one line what brought it there.

    A step is left for the next one after enough answers and seconds. After the last one the share stays, and the
    budget is judged again for each round of as many answers. Once rolled back it stays so: only a new state, made for
    a changed policy, begins again.
    """

    def __init__(self, plan: CanarySteps, clock: Callable[[], float] = time.monotonic) -> None:
        self._plan = plan
        self._clock = clock
        self._step = 0
        self._asked = self._failed = 0
        self._since = clock()
        self.phase = GROWING
        self.why = "it has just begun"

    @property
    def share(self) -> float:
        """The part of the requests that the canary gets, 0 to 1."""
        return 0.0 if self.phase == ROLLED_BACK else self._plan.steps[self._step]

    def record(self, failed: bool, seconds: float) -> bool:
        """Take note of one answer of the canary, which took ``seconds``. Whether its share has changed by it."""
        if self.phase == ROLLED_BACK:  # an answer to what was asked before
            return False
        limit = self._plan.slower_than_ms
        self._asked += 1
        self._failed += failed or (limit is not None and seconds * 1000 > limit)
        if self._over_budget():
            return self._roll_back()
        return self._is_held() and self._grow()

    def as_dict(self) -> dict:
        """For people and programs: what ``GET /traffic`` shows."""
        return {
            "state": self.phase,
            "share": self.share,
            "step": self._step + 1,
            "steps": list(self._plan.steps),
            "asked_at_this_step": self._asked,
            "failed_at_this_step": self._failed,
            "error_budget": self._plan.error_budget,
            "seconds_at_this_step": round(self._clock() - self._since, 1),
            "why": self.why,
        }

    def _over_budget(self) -> bool:
        return self._asked >= self._plan.at_least and self._failed > self._plan.error_budget * self._asked

    def _is_held(self) -> bool:
        long_enough = self._clock() - self._since >= self._plan.hold_seconds
        return long_enough and self._asked >= self._plan.hold_requests

    def _roll_back(self) -> bool:
        self.why = f"{self._so_far()}: more than the budget of {self._plan.error_budget:g}"
        self.phase = ROLLED_BACK
        return True

    def _grow(self) -> bool:
        before = self.share
        self.why = f"{self._so_far()}: within the budget of {self._plan.error_budget:g}"
        if self._step + 1 < len(self._plan.steps):
            self._step += 1
        else:
            self.phase = ARRIVED
        self._asked = self._failed = 0
        self._since = self._clock()
        return self.share != before

    def _so_far(self) -> str:
        return f"at the share {self.share:g}, {self._failed} of {self._asked} answers had failed"
