"""A contract as a list of small checks, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from workbook.contracts.subject import NotKept, Subject

Look = Callable[[Subject], None]


@dataclass(frozen=True)
class Check:
    """One thing that a contract asks for. ``look`` raises ``NotKept``; ``cure`` is what to do then.

    One that is ``of_the_image`` needs the container, not only an address.
    """

    name: str
    asks: str
    cure: str
    look: Look
    of_the_image: bool = False


class Checks(list[Check]):
    """The checks of a contract, in order; ``add`` is the decorator that makes one of a function."""

    def add(self, asks: str, cure: str, of_the_image: bool = False) -> Callable[[Look], Look]:
        def made(look: Look) -> Look:
            self.append(Check(look.__name__.replace("_", "-"), asks, cure, look, of_the_image))
            return look

        return made


@dataclass(frozen=True)
class Launch:
    """How the platform starts a container: what it puts after the image's name and into its environment.

    ``port`` is None where any will do; ``ready`` is the path that it asks until the answer is 200.
    """

    port: int | None
    ready: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contract:
    title: str
    source: str  # where it is written
    read: str  # when we read it there
    checks: Checks
    launch: Launch


class State(StrEnum):
    KEPT = "kept"
    NOT_KEPT = "NOT KEPT"
    EXCEPTED = "excepted"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Finding:
    check: Check
    state: State
    seen: str = ""


def examine(contract: Contract, subject: Subject, excepted: Collection[str] = ()) -> list[Finding]:
    """Make each check. One that is not kept, but named in ``excepted``, is a stated exception."""
    return [_finding(check, subject, excepted) for check in contract.checks]


def _finding(check: Check, subject: Subject, excepted: Collection[str]) -> Finding:
    if check.of_the_image and not subject.container:
        return Finding(check, State.NOT_TRIED, "it takes --image")
    try:
        check.look(subject)
    except NotKept as seen:
        return Finding(check, State.EXCEPTED if check.name in excepted else State.NOT_KEPT, str(seen))
    return Finding(check, State.KEPT)
