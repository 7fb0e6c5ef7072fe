"""A new version on its way to the users: asked first by us, then by a growing share of users, then by all.

The alias ``champion`` in the registry is the truth, and the front's route follows it: whoever is killed in between
finds at the next start which version was meant.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import requests

from pipeline.loop import registry
from server.repository import load_servable
from workbook.loop.service import Service

POLL_SECONDS = 0.1
LOAD_SECONDS = 60.0  # the server looks every second; the machine may have much else to do
CANARY_SECONDS = 600.0
ALIKE = 1e-4  # by how much a score may differ that took the way through JSON
CANARY = """
[models.clothes.route]
kind = "canary"
stable = {stable}
canary = {canary}
steps = [0.05, 0.25, 1.0]
hold_requests = {hold}
error_budget = 0.01
at_least = {hold}
key = "X-User-Id"
salt = "clothes-{canary}"
"""


class Stopped(Exception):
    """A version that goes no further. The message says in one line what is wrong with it; ``where`` it was stopped."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(why)
        self.where = where


def smoke_test(service: Service, version: int, registered: Path, images: np.ndarray) -> None:
    """Send uint8 ``images`` (n, 28, 28) to ``version``: it must be there, and answer as its ``registered`` folder does.

    Raises ``Stopped``.
    """
    if not waited_for(lambda: service.serves(version) or bool(service.left_out(version)), LOAD_SECONDS):
        raise Stopped("smoke test", f"the server has not loaded v{version} in {LOAD_SECONDS:.0f} s")
    if not service.serves(version):
        raise Stopped("smoke test", f"the server leaves v{version} out: {service.left_out(version)}")
    expected = load_servable(registered).engine.predict(images)
    try:
        answered = np.array(service.ask(version, images.tolist())["result"])
    except requests.RequestException as error:
        raise Stopped("smoke test", f"v{version} does not answer: {error}") from error
    if answered.shape != expected.shape or np.abs(answered - expected).max() > ALIKE:
        raise Stopped("smoke test", f"v{version} answers otherwise than the version that is registered")


def canary(
    service: Service, stable: int, version: int, hold: int, tell: Callable[[dict], None] = lambda state: None
) -> None:
    """Let a growing share of the users have ``version``, and return when it has all of them. ``tell`` hears each state.

    Each of its steps lasts ``hold`` of its answers. Raises ``Stopped`` when more of them failed than one in a hundred;
    by then the front has all users back on ``stable``.
    """
    service.use(CANARY.format(stable=stable, canary=version, hold=hold))

    def settled() -> bool:
        state = service.traffic().get("canary", {})
        if state.get("version") != version:  # the front has not taken the new policy yet
            return False
        tell(state)
        if state["state"] == "rolled back":
            raise Stopped("canary", state["why"])
        return state["state"] == "arrived"

    if not waited_for(settled, CANARY_SECONDS):
        service.to_one(stable)
        raise Stopped("canary", f"too few requests in {CANARY_SECONDS:.0f} s to judge v{version} by")


def promote(home: Path, service: Service, version: int, by: str) -> None:
    """Make ``version`` the champion, and let it answer all. Raises what ``registry.promote`` raises."""
    registry.promote(home, str(version), by)
    service.to_one(version)


def roll_back(home: Path, service: Service, by: str) -> int:
    """Make the champion before this one answer all again, and return its version. Raises ``registry.NoVersion``."""
    version = int(registry.roll_back(home, by))
    service.to_one(version)
    return version


def waited_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true within so many seconds."""
    deadline, never = time.monotonic() + seconds, threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            return False
        never.wait(POLL_SECONDS)
    return True
