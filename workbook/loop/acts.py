"""The acts of the loop, in their order: each takes the stage, does one thing, and returns what came of it.

What goes wrong is made here, and on purpose: a poisoned batch, three challengers of which two are bad, a broken file,
and a version that vanishes while users try it. Each is stopped by the loop's own checks; what an act returns under
``stopped`` says by which, and why.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.loop import adoption, batches, registry, release, steps
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from workbook.errors import UserError
from workbook.loop import rollout
from workbook.loop.apart import apart
from workbook.loop.service import MODEL, REPOSITORY
from workbook.loop.stage import Pictures, Stage

POISONED = 400  # pictures
POISON = 0.3  # of their labels are wrong
SWAPPED = (7, 9)  # Sneaker and Ankle boot
SMOKE = 32  # pictures
FEWER = 5
REPLAY = 5.0  # old pictures per new one: with 1, Coat was forgotten now and then, and the gate refused one in twelve


def first_model(home: Path, pictures: Pictures) -> dict:
    """Take the model that somebody has trained by hand into the registry, and into the empty repository."""
    train = batches.ingest(home, *pictures.train, "Fashion-MNIST, training images 1 to 48,000")
    test = batches.ingest(home, *pictures.test, f"Fashion-MNIST, test images 1 to {len(pictures.test[0]):,}")
    data = {"train": [train], "test": [test]}
    run = adoption.adopt(home, PINNED_MODELS / MODEL / "1", data)
    version, verdict = _judged(home, run, "", data)
    if not verdict["passed"]:
        raise UserError(f"the gate refused the first model: {'; '.join(verdict['reasons'])}")
    release.deploy(home, version, home / REPOSITORY)
    registry.promote(home, version, "the gate")
    return {"train": train, "test": test, "version": int(version)}


def calm(stage: Stage) -> dict:
    """Nothing happens: how good the answers are, and whether the monitor is quiet."""
    reached = stage.accuracy_of(stage.plan.looked_at)
    return {"accuracy": reached, "alarm": _told(stage.monitor.look(stage.champion))}


def poison(stage: Stage) -> dict:
    """Somebody sells us labels of which a part is wrong."""
    since = len(stage.customers.visits)
    stage.wait(lambda: len(stage.customers.visits) >= since + POISONED, "pictures to label")
    images, labels = stage.customers.sell(since, POISONED)
    batch = batches.ingest(stage.home, images, poisoned(labels, POISON), "labels of a bad seller")
    verdict = steps.validate(str(stage.home), batch, stage.data, str(stage.champion), {})
    reasons = [finding["message"] for finding in verdict["findings"] if finding["stops"]]
    return _stopped(stage, "a poisoned batch", "" if verdict["passed"] else "validation", reasons)


def drift(stage: Stage) -> dict:
    """The camera goes out of focus; the monitor has to find out."""
    stage.customers.trouble = stage.plan.trouble
    stage.drifted_from = len(stage.customers.visits) + 1  # the one that is under way may still be sharp
    stage.tell("drift", f"drift begins: {stage.plan.trouble}")
    began, alarms = stage.clock(), []

    def alarmed() -> bool:
        alarm = stage.monitor.look(stage.champion)
        return bool(alarm and not alarms.append(alarm))

    stage.wait(alarmed, "alarm")
    pictures = len(stage.customers.visits) - stage.drifted_from
    stage.tell("alarm", f"alarm: {alarms[0]}")
    return {"seconds": stage.clock() - began, "pictures": pictures, "alarm": str(alarms[0])}


def labels(stage: Stage) -> dict:
    """Buy labels of pictures that have come since: some to learn from, some to test with."""
    plan, since = stage.plan, stage.drifted_from
    wanted = plan.bought + plan.tested
    stage.wait(lambda: len(stage.customers.visits) >= since + wanted, "pictures to label")
    images, names = stage.customers.sell(since, wanted)
    train = batches.ingest(stage.home, images[: plan.bought], names[: plan.bought], "bought after the alarm, to learn")
    test = batches.ingest(stage.home, images[plan.bought :], names[plan.bought :], "bought after the alarm, to test")
    verdict = steps.validate(str(stage.home), train, stage.data, str(stage.champion), {})
    if not verdict["passed"]:
        reasons = "; ".join(finding["message"] for finding in verdict["findings"])
        raise UserError(f"validation refused the honest labels, too: {reasons}; begin again with another --home")
    swapped = batches.ingest(stage.home, images[: plan.bought], swap(names[: plan.bought]), "the same, classes swapped")
    stage.tell("labels", f"{wanted:,} labels bought")
    return {"train": train, "test": test, "swapped": swapped, "labels": wanted}


def training(stage: Stage) -> dict:
    """Train three challengers: a good one, one from labels in which two classes are swapped, one that forgets."""
    bought = stage.chronicle.acts["labels"]
    recipe = {"epochs": stage.plan.epochs}
    kinds = {
        "good": (bought["train"], "fine_tune", {**recipe, "replay": REPLAY}),
        "two classes swapped": (bought["swapped"], "fine_tune", {**recipe, "replay": 0.0}),
        "a model that forgets": (bought["train"], "window", {**recipe, "window": 1}),
    }
    calls = [
        ("train", [str(stage.home), _with(stage, batch), strategy, parameters, str(stage.champion)])
        for batch, strategy, parameters in kinds.values()
    ]
    stage.customers.rate /= FEWER  # no picture comes twice, and training may take long
    runs = apart(calls)
    stage.customers.rate *= FEWER
    return dict(zip(kinds, runs, strict=True))


def gate(stage: Stage) -> dict:
    """Compare each of them with the champion on old and new pictures, and let through what may go out."""
    data = _with(stage, stage.chronicle.acts["labels"]["train"])
    good, stopped = {}, []
    for name, run in stage.chronicle.acts["training"].items():
        version, verdict = _judged(stage.home, run, str(stage.champion), data)
        if name == "good":
            good = {"version": int(version), **verdict}
        else:
            told = _stopped(stage, name, "" if verdict["passed"] else "gate", verdict["reasons"])
            stopped += told["stopped"]
    if not good["passed"]:
        reasons = "; ".join(good["reasons"])
        raise UserError(f"the gate refused the good challenger, too: {reasons}; begin again with another --home")
    return {"version": good["version"], "stopped": stopped}


def broken_file(stage: Stage) -> dict:
    """Somebody copies half a file into the repository, past the registry."""
    version = max(map(int, registry.versions(stage.home))) + 1
    folder = stage.service.repository / MODEL
    half = folder / f".half-{version}"
    release.withdraw(stage.service.repository, str(version))  # a loop that was killed here has left it
    shutil.rmtree(half, ignore_errors=True)
    shutil.copytree(folder / str(stage.champion), half)
    extra = half / EXTRA_FOLDER
    replace(ModelCard.read(extra / CARD_FILE), version=version).write(extra / CARD_FILE)
    os.truncate(extra / f"{MODEL}.tflite", 1000)
    os.rename(half, folder / str(version))
    try:
        registered = registry.model_folder(stage.home, str(stage.champion))
        rollout.smoke_test(stage.service, version, registered, stage.pictures.test[0][:SMOKE])
    except rollout.Stopped as stopped:
        return _stopped(stage, "a broken file", stopped.where, [str(stopped)])
    finally:
        release.withdraw(stage.service.repository, str(version))
    return _stopped(stage, "a broken file", "", [])


def lost_on_trial(stage: Stage) -> dict:
    """The good one is on trial, and somebody who tidies up the disk deletes its folder."""
    version = stage.chronicle.acts["gate"]["version"]
    what = "a version that vanishes on trial"
    _deploy(stage, version)

    def tidy_up(_: dict) -> None:
        release.withdraw(stage.service.repository, str(version))

    try:
        rollout.canary(stage.service, stage.champion, version, stage.plan.hold, tidy_up)
    except rollout.Stopped as stopped:
        return _stopped(stage, what, stopped.where, [str(stopped)])
    finally:
        stage.service.to_one(stage.champion)
    return _stopped(stage, what, "", [])


def roll_out(stage: Stage) -> dict:
    """Deploy the good one, try it, give it to more and more users, and make it the champion."""
    version = stage.chronicle.acts["gate"]["version"]
    shares: list[float] = []

    def tell(state: dict) -> None:
        if state["share"] not in shares:
            shares.append(state["share"])
            stage.tell("canary", f"v{version} answers {state['share']:.0%} of the users")

    _deploy(stage, version)
    try:
        rollout.canary(stage.service, stage.champion, version, stage.plan.hold, tell)
    except rollout.Stopped as stopped:
        raise _unexpected(version, stopped) from stopped
    rollout.promote(stage.home, stage.service, version, "the gate and the canary")
    stage.tell("promoted", f"v{version} is the champion")
    return {"version": version, "shares": shares}


def recovered(stage: Stage) -> dict:
    """The drift is still there: how good the answers are now, and whether the monitor is quiet."""
    version = stage.chronicle.acts["rollout"]["version"]
    reached = stage.accuracy_of(stage.plan.looked_at)
    return {"accuracy": reached, "alarm": _told(stage.monitor.look(version))}


ACTS: dict[str, Callable[[Stage], dict]] = {
    "calm": calm,
    "poison": poison,
    "drift": drift,
    "labels": labels,
    "training": training,
    "gate": gate,
    "broken file": broken_file,
    "lost on trial": lost_on_trial,
    "rollout": roll_out,
    "recovered": recovered,
}


def poisoned(labels: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """``labels`` (n,), of which a ``share`` is another one of the ten."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(len(labels)) < share
    return np.where(wrong, (labels + rng.integers(1, 10, len(labels))) % 10, labels).astype(np.uint8)


def swap(labels: np.ndarray) -> np.ndarray:
    """``labels`` (n,), in which two classes have each other's number."""
    one, other = SWAPPED
    numbers = np.arange(10, dtype=np.uint8)
    numbers[[one, other]] = other, one
    return numbers[labels]


def _with(stage: Stage, batch: str) -> dict:
    """The old data, and what was bought."""
    test = stage.chronicle.acts["labels"]["test"]
    return {"train": [*stage.data["train"], batch], "test": [*stage.data["test"], test]}


def _deploy(stage: Stage, version: int) -> None:
    """Put a version into the repository, and see that it answers as it should. Raises ``UserError``."""
    steps.deploy(str(stage.home), str(version), str(stage.service.repository))
    registered = registry.model_folder(stage.home, str(version))
    try:
        rollout.smoke_test(stage.service, version, registered, stage.pictures.test[0][:SMOKE])
    except rollout.Stopped as stopped:
        raise _unexpected(version, stopped) from stopped


def _unexpected(version: int, stopped: rollout.Stopped) -> UserError:
    return UserError(f"v{version} was stopped by the {stopped.where}: {stopped}")


def _judged(home: Path, run: str, champion: str, data: dict) -> tuple[str, dict]:
    """The version of a run's model in the registry, and the gate's verdict on it."""
    verdict = steps.gate(steps.compare(str(home), run, champion, data), {})
    return steps.register(str(home), run, verdict), verdict


def _stopped(stage: Stage, what: str, where: str, reasons: list[str]) -> dict:
    told = f"{what} was stopped by: {where}" if where else f"{what} was NOT stopped"
    stage.tell("stopped" if where else "missed", told)
    return {"stopped": [{"what": what, "where": where, "why": "; ".join(reasons)}]}


def _told(alarm: object) -> str:
    return str(alarm) if alarm else ""
