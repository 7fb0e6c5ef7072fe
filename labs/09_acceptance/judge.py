"""Tries the student's functions on good servers and on faulty ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

import numpy as np
from played import good
from relay import tried

from workbook.faults import samples
from workbook.faults.catalog import find
from workbook.faults.serving import ANOTHER, GOOD, REFERENCE, app_of
from workbook.labs.checks.assertions import CheckFailed, Student, of_kind
from workbook.labs.sandbox.student import NoAnswer, Raised

MODULE = "pipeline.acceptance"
SAID = {REFERENCE: "the course's own server", ANOTHER: "a second good server, which is built in another way,"}
PASSED = "it passed"
LEAST_SECONDS, TIMES, MOST_PACE = 0.4, 8, 5  # a good server may take 8 times what it takes here and now
SLOW = {"slow-under-load": 0.5, "slower-each-time": 1.0}  # the pace at which each takes longer than that, and no more
TRIES = 3  # of a good server that was too slow: the machine may be to blame


@cache
def sample() -> tuple[np.ndarray, list[str]]:
    """Labeled pictures, drawn again in each run of the checks."""
    return samples.draw(np.random.default_rng())


def served(name: str) -> Callable:
    """The application of this name; a faulty one as it is after its start."""
    return good(name) if name in GOOD else app_of(name)


class Judge:
    """Asks of each function whether it lets the good servers pass, once, and rejects the faulty ones."""

    def __init__(self, student: Student) -> None:
        self._student = student
        self.images, self.labels = sample()
        self._pace = 1.0
        self._found: dict[str, Exception | None] = {}

    def passes(self, function: str) -> None:
        """Raise ``CheckFailed``, or what the function raised, unless it lets both good servers pass."""
        if function not in self._found:
            self._found[function] = next(filter(None, (self._fault_of(function, name) for name in GOOD)), None)
        if error := self._found[function]:
            raise error

    def rejects(self, function: str, fault: str, sent: str) -> None:
        """Raise ``CheckFailed`` unless the function lets the good servers pass, and rejects the one with ``fault``.

        ``sent`` says in words what is wrong with that. An exception of any kind is a rejection, as it is for pytest.
        """
        self.passes(function)
        try:
            outcome = self._tried(function, fault)
        except Raised:
            return
        if "rejected" not in outcome:
            raise CheckFailed(f"{sent}, to {function}", "an AssertionError", PASSED)

    def returned(self, app: Callable, sent: str, expected: str, *arguments: object) -> tuple:
        """What ``classify`` returns of an application. Raises ``CheckFailed`` if it rejects it, or returns no pair."""
        try:
            outcome = tried(self._student, app, f"{MODULE}:classify", *arguments)
        except (Raised, NoAnswer) as error:
            error.sent, error.expected = sent, expected
            raise
        if "rejected" in outcome:
            raise CheckFailed(sent, expected, f"it is rejected: {outcome['rejected']}", fits=False)
        value = of_kind(outcome["returned"], sent, expected, tuple)
        if len(value) != 2:
            raise CheckFailed(sent, expected, value, fits=False)
        return value

    def refuses(self, app: Callable, sent: str, *arguments: object) -> None:
        """Raise ``CheckFailed`` unless ``classify`` raises an ``AssertionError`` for what an application answers."""
        expected = "an AssertionError"
        try:
            outcome = tried(self._student, app, f"{MODULE}:classify", *arguments)
        except (Raised, NoAnswer) as error:
            error.sent, error.expected = sent, expected
            raise
        if "rejected" not in outcome:
            of_kind(outcome["returned"], sent, expected)
            raise CheckFailed(sent, expected, outcome["returned"])

    def decides(self, function: str, app: Callable, sent: str, passes: bool) -> None:
        """Raise ``CheckFailed`` unless the function lets the good servers pass, and decides so of an application."""
        self.passes(function)
        try:
            outcome = tried(self._student, app, f"{MODULE}:{function}", *self._arguments(function))
        except Raised as error:
            outcome = {"rejected": str(error)}
        if passes and "rejected" in outcome:
            raise CheckFailed(f"{sent}, to {function}", "it passes", f"it is rejected: {outcome['rejected']}")
        if not passes and "rejected" not in outcome:
            raise CheckFailed(f"{sent}, to {function}", "an AssertionError", PASSED)

    def verdict(self, function: str, server: str) -> str:
        """Whether a function lets a server pass, in a word. Raises what the function raises."""
        return "rejected" if "rejected" in self._tried(function, server) else "passed"

    def _fault_of(self, function: str, name: str) -> Exception | None:
        """What is wrong with a function, as a good server shows it."""
        sent, expected = f"{SAID[name]} to {function}", "it passes"
        for _ in range(TRIES if function == "check_load" else 1):
            try:
                outcome = self._tried(function, name)
            except (Raised, NoAnswer) as error:
                error.sent, error.expected = sent, expected
                return error
            if "rejected" not in outcome:
                return None
        said = outcome["rejected"] or "an AssertionError without a message"
        return CheckFailed(sent, expected, f"it is rejected: {said}", fits=name == ANOTHER)

    def _arguments(self, function: str) -> tuple:
        few = self.images[:16]
        return {
            "check_labels": (self.images, self.labels),
            "check_scores": (self.images,),
            "check_batches": (few,),
            "check_refusals": (self.images[0],),
            "check_versions": (few,),
        }[function]

    def _tried(self, function: str, server: str) -> dict:
        if function == "check_load":
            return self._timed(server, self.images[:16])
        return tried(self._student, served(server), f"{MODULE}:{function}", *self._arguments(function))

    def _timed(self, server: str, images: np.ndarray) -> dict:
        """``check_load``, with the seconds that suit this machine now, the same for all; slow servers are in step."""
        if server in (*GOOD, *SLOW):
            body = json.dumps({"image": images[0].tolist()}).encode()
            took = tried(self._student, good(REFERENCE), "driver:sixteen", body)["returned"]
            self._pace = min(max(took * TIMES / LEAST_SECONDS, 1), MOST_PACE) if isinstance(took, float) else 1.0
        app = served(server)
        if server in SLOW:
            app = find(server).layer(good(REFERENCE), self._pace * SLOW[server])
        return tried(self._student, app, f"{MODULE}:check_load", images, LEAST_SECONDS * self._pace)
