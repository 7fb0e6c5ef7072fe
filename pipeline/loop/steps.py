"""One round of the loop, as steps in their order: plain texts, numbers, lists and dictionaries in and out.

Kubeflow Pipelines, Metaflow, a notebook and ``run_round`` call the same functions. A step that was killed can run
again, and one whose inputs are the same does nothing twice. ``home`` is the folder of the loop, as a text; ``data`` has
the hashes of the batches, ``train``, the oldest first, and ``test``; ``champion`` is its version, or ``""`` for none.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from pipeline.loop import batches, comparison, fingerprint, promotion, registry, release, training, validation

ORDER = ("ingest", "validate", "train", "compare", "gate", "register", "deploy")


def ingest(home: str, path: str) -> str:
    """Store the ``images`` and ``labels`` of an ``.npz`` file, and return the batch's hash. Raises ``ValueError``."""
    try:
        with np.load(path, allow_pickle=False) as file:
            images, labels = file["images"], file["labels"]
    except (OSError, KeyError, ValueError, EOFError) as error:
        raise ValueError(f"{path} is not an .npz file with the arrays images and labels: {error}") from None
    return batches.ingest(Path(home), images, labels, source=Path(path).name)


def code_hash() -> str:
    """The SHA-256 of the code that makes a model: an input of every step that an engine caches."""
    return fingerprint.code_hash()


def champion(home: str) -> str:
    """The version of the champion, ``""`` where there is none. Ask before the first step, and pass it on."""
    return registry.champion(Path(home)) or ""


def learned(home: str, batch: str, champion: str) -> bool:
    """Whether the champion has learned from this batch already, so that there is nothing to do."""
    return bool(champion) and batch in registry.learned_from(Path(home), champion)


def validate(home: str, batch: str, data: dict, champion: str, limits: dict) -> dict:
    """``passed`` and ``findings``; see ``validation.validate``."""
    return validation.validate(Path(home), batch, data, champion or None, limits)


def train(home: str, data: dict, strategy: str, parameters: dict, champion: str) -> str:
    """Train on ``data``, to which the new batch was added, and return the id of the run; see ``training.train``."""
    return training.train(Path(home), data, strategy, parameters, champion or None)


def compare(home: str, run: str, champion: str, data: dict) -> dict:
    """The run's model and the champion on the same test batches; see ``comparison.compare``."""
    return comparison.compare(Path(home), run, champion or None, data["test"])


def gate(compared: dict, rules: dict) -> dict:
    """``passed`` and ``reasons``; see ``promotion.decide``."""
    return promotion.decide(compared, rules)


def register(home: str, run: str, verdict: dict) -> str:
    """The version of the run's model in the registry, with the gate's verdict on it; one that was refused, too."""
    return registry.register(Path(home), run, verdict)


def deploy(home: str, version: str, repository: str) -> str:
    """Put the version beside the others in the model repository, on trial; returns its folder."""
    folder = release.deploy(Path(home), version, Path(repository))
    registry.challenge(Path(home), version)
    return str(folder)


def run_round(config: dict, told: Callable[[str], None] = lambda step: None) -> dict:
    """All steps in their order, in this process.

    ``config`` has ``home``, ``path`` (of the new batch), ``data``, ``strategy``, ``parameters``, ``rules``, ``limits``
    and ``repository``. ``told`` is called with the name of each step as it begins. Returns ``batch``, ``run``,
    ``version``, ``stopped`` (the step that stopped the round, or None) and ``reasons``; what was not reached is None.
    A champion that has learned from this batch already is returned as it is.
    """
    home, result = config["home"], dict.fromkeys(("batch", "run", "version", "stopped"))
    result["reasons"] = []
    told("ingest")
    result["batch"] = batch = ingest(home, config["path"])
    best = champion(home)
    if learned(home, batch, best):
        return {**result, "version": best}
    told("validate")
    verdict = validate(home, batch, config["data"], best, config["limits"])
    if not verdict["passed"]:
        reasons = [finding["message"] for finding in verdict["findings"] if finding["stops"]]
        return {**result, "stopped": "validate", "reasons": reasons}
    data = {**config["data"], "train": [*config["data"]["train"], batch]}
    told("train")
    result["run"] = train(home, data, config["strategy"], config["parameters"], best)
    told("compare")
    compared = compare(home, result["run"], best, data)
    told("gate")
    verdict = gate(compared, config["rules"])
    told("register")
    result["version"] = register(home, result["run"], verdict)
    if not verdict["passed"]:
        return {**result, "stopped": "gate", "reasons": verdict["reasons"]}
    told("deploy")
    deploy(home, result["version"], config["repository"])
    return result
