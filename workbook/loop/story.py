"""The loop, played through: from an empty folder to a model that was retrained by itself, with the service running.

A service answers customers; what they send drifts; the monitor raises the alarm; labels are bought, a new model is
trained, judged, tried on some users and promoted; the accuracy comes back. ``acts`` has each of these steps. What was
played is in the ``Chronicle``; a loop that was stopped goes on with the act in which it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import requests

from pipeline.loop import registry
from pipeline.loop.tracking import ALONE
from workbook.errors import UserError
from workbook.loop.acts import ACTS, first_model
from workbook.loop.chronicle import Chronicle, Event, Plan
from workbook.loop.customers import Customers
from workbook.loop.monitor import Monitor
from workbook.loop.prediction_log import LOGS
from workbook.loop.service import Service, end_leftovers
from workbook.loop.stage import Pictures, Stage, timed
from workbook.servers.interrupts import ended_as_by_ctrl_c
from workbook.servers.process import DidNotStart

Told = Callable[[Event], None]
Watch = Callable[[Stage, str], None]


def play(home: Path, plan: Plan, told: Told, watch: Watch = lambda stage, act: None) -> Chronicle:
    """Play what is left of the loop in ``home``, and return all that happened in it.

    ``told`` hears of each event, ``watch`` of each act as it begins, with the stage. Raises ``UserError`` for a folder
    with another plan, or in which another loop is at work.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home), ended_as_by_ctrl_c():
        chronicle = Chronicle.open(home, plan)
        if "recovered" not in chronicle.acts:
            try:
                _play(chronicle, told, watch)
            except (DidNotStart, requests.RequestException) as error:
                why = str(error).partition("\n")[0]
                raise UserError(f"the service failed: {why}; see {home / LOGS}; the same command goes on") from error
        return chronicle


def _play(chronicle: Chronicle, told: Told, watch: Watch) -> None:
    home, before, since = chronicle.home, chronicle.seconds, timed()

    def clock() -> float:
        return before + since()

    pictures = Pictures.cut(chronicle.plan.old_test)
    end_leftovers(home)
    if "first model" not in chronicle.acts:
        result = first_model(home, pictures)
        chronicle.events.append(Event(clock(), "promoted", f"v{result['version']}, trained by hand, is the champion"))
        told(chronicle.events[-1])
        chronicle.seconds = clock()
        chronicle.finish("first model", result)
    images, labels = (array[chronicle.place :] for array in pictures.stream)
    with Service(home, int(registry.champion(home))) as service:
        customers = Customers(service.url, images, labels, chronicle.plan.rate)
        if "drift" in chronicle.acts:
            customers.trouble = chronicle.plan.trouble
        stage = Stage(chronicle, pictures, service, customers, Monitor(service.server), clock, told)
        began = clock()
        with customers:
            for name, act in ACTS.items():
                if name not in chronicle.acts:
                    watch(stage, name)
                    result = act(stage)
                    _keep(stage, began)
                    chronicle.finish(name, result)


def _keep(stage: Stage, began: float) -> None:
    """Take the visits since the last act into the chronicle; the customers' clock started at ``began``."""
    chronicle, visits = stage.chronicle, stage.customers.visits
    kept = stage.kept
    new = visits[kept:]
    chronicle.visits += [
        (round(began + one.time, 3), one.request, one.version, one.status, int(one.right)) for one in new
    ]
    chronicle.place += len(new)
    chronicle.seconds = stage.clock()
    stage.kept = kept + len(new)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    try:
        with filelock.FileLock(home / ALONE, timeout=0):
            yield
    except filelock.Timeout as error:
        raise UserError(
            f"another loop, or a round of the pipeline, is at work in {home}: wait for it, or choose another --home"
        ) from error
