"""What Ray Serve's autoscaler does: load comes, replicas follow; it goes, and so do they.

In Ray's own environment. Each figure is of one run, with what else the machine had to do beside it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ray import serve

from workbook.load.loops import Question, closed_loop
from workbook.scale_out.app import FOLLOW, ROUTE, Settings
from workbook.scale_out.nodes import begin, cluster_of, deploy
from workbook.scale_out.users import BODY
from workbook.servers.process import free_port

FEWEST, MOST = 1, 4
CLIENTS = FOLLOW["target_ongoing_requests"] * MOST  # as many as the most replicas are meant for
WAIT_MS = 50  # elsewhere, or more replicas would only take turns on these two cores
BIN_SECONDS = 5
ENOUGH_BINS = 5  # with all replicas, until the clients go
PATIENCE = 180  # seconds, for replicas that should come or go
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Look:
    """The replicas at one moment: ``wanted`` are those that Ray is starting or has, ``there`` every process of one."""

    moment: float
    wanted: int
    running: int
    there: int


def play() -> dict[str, list[dict]]:
    """``load``: answers while it lasts, every ``BIN_SECONDS``; ``changes``: when each number of replicas was there;
    ``settings``: what Ray was told.
    """
    with cluster_of(MOST):
        port = free_port()
        begin(port)
        deploy(Settings(replicas=FEWEST, most_replicas=MOST, wait_ms=WAIT_MS))
        with Replicas() as replicas:
            began = time.perf_counter()
            load = under_load(Question(f"http://127.0.0.1:{port}{ROUTE}", BODY), replicas, began)
            ended = time.perf_counter()
            replicas.wait_until(lambda look: look.there == FEWEST)
        return {"settings": [FOLLOW], "load": load, "changes": changes(replicas.seen, began, ended)}


def under_load(question: Question, replicas: Replicas, began: float) -> list[dict]:
    """Ask until all replicas have been there for ``ENOUGH_BINS``; a row for every ``BIN_SECONDS``.

    Raises ``TimeoutError`` if they do not come.
    """
    rows, full = [], 0
    while full < ENOUGH_BINS:
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError(f"{replicas.now().running} of {MOST} replicas are there after {PATIENCE} s of load")
        full += replicas.now().running == MOST
        answers = closed_loop(question, CLIENTS, BIN_SECONDS)
        rows.append(
            {
                "clients": CLIENTS,
                "until_seconds": round(time.perf_counter() - began, 1),
                "running": replicas.now().running,
                "good": int(answers.good.sum()),
                "bad": int((~answers.good).sum()),
                "per_second": round(answers.rate, 1),
                "p50_ms": round(float(np.percentile(answers.waited, 50)) * 1000, 1),
                "load": os.getloadavg()[0],
            }
        )
    return rows


def changes(seen: list[Look], began: float, ended: float) -> list[dict]:
    """For each number of replicas, the seconds until Ray wanted so many, and until so many were there: since the load
    ``began`` on the way up, and since it ``ended`` on the way down, when all others are gone.
    """
    rows = []
    for count in range(FEWEST + 1, MOST + 1):
        wanted = _first(seen, began, lambda look, count=count: look.wanted >= count)
        there = _first(seen, began, lambda look, count=count: look.running >= count)
        rows.append({"since": "load", "replicas": count, "wanted_seconds": wanted, "there_seconds": there})
    for count in range(MOST - 1, FEWEST - 1, -1):
        wanted = _first(seen, ended, lambda look, count=count: look.wanted <= count)
        there = _first(seen, ended, lambda look, count=count: look.there <= count)
        rows.append({"since": "quiet", "replicas": count, "wanted_seconds": wanted, "there_seconds": there})
    return rows


def _first(seen: list[Look], since: float, test: Callable[[Look], bool]) -> float:
    return round(next(look.moment for look in seen if look.moment >= since and test(look)) - since, 1)


class Replicas:
    """Looks at the replicas several times a second, from here to the end of the ``with`` statement."""

    def __init__(self) -> None:
        self.seen: list[Look] = []
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Replicas:
        self.seen.append(look())
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._thread.join()

    def now(self) -> Look:
        return self.seen[-1]

    def wait_until(self, test: Callable[[Look], bool]) -> None:
        """Return when a look passes ``test``. Raises ``TimeoutError``."""
        deadline = time.monotonic() + PATIENCE
        while not test(self.now()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.now()} after {PATIENCE} s")
            time.sleep(POLL_SECONDS)

    def _watch(self) -> None:
        while not self._left.wait(POLL_SECONDS):
            self.seen.append(look())


def look() -> Look:
    """The replicas of the only deployment, as Ray says now."""
    (application,) = serve.status().applications.values()
    (deployment,) = application.deployments.values()
    states = {str(getattr(state, "value", state)): count for state, count in deployment.replica_states.items()}
    there = sum(states.values())
    return Look(time.perf_counter(), there - states.get("STOPPING", 0), states.get("RUNNING", 0), there)
