"""Which versions of the model there are, which one is the champion, and where each of them comes from.

Version N of the registry is served as folder N, so ``X-Model-Version: 7`` is ``models:/clothes/7`` in MLflow. Nothing
is "the latest": the aliases ``champion`` and ``challenger`` name a version, and promotion and rollback move them. A
version's run names the batches that it learned from, so data rolls back together with the model.

A ``version`` is a text such as ``"7"``; a ``model`` is a version, or the id of a run that is not registered yet.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline import dataset
from pipeline.export import checksums
from pipeline.loop import batches
from pipeline.loop.tracking import MODEL, StoreError, files_of, open_store
from server.model_card import CARD_FILE, EXTRA_FOLDER

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

UNREGISTERED = 0  # the version on the card of a model that has no number yet
CHAMPIONS = "champions"  # the registered model's tag: all that were champion, the newest last, with rollbacks taken out
RUN_ID = 32  # digits


class NoVersion(LookupError):
    """There is no such version, or no champion. The message says what there is."""


class NotPromoted(ValueError):
    """This version may not become the champion. The message says why."""


def register(home: Path, run_id: str, verdict: dict) -> str:
    """Register the model of a run, with the gate's ``verdict`` on it, and return its version.

    ``verdict`` is what ``promotion.decide`` returned. One that the gate refused is registered, too: what was stopped,
    and why, is part of the story. A model that is registered already keeps its version: the SHA-256 of its files is the
    key. So a step that was killed can run again.
    """
    client = open_store(home)
    sha256 = folder_hash(model_folder(home, run_id))
    if there := client.search_model_versions(f"name = '{MODEL}' and tags.sha256 = '{sha256}'"):
        return str(there[0].version)
    tags = {
        "sha256": sha256,
        "gate": "passed" if verdict["passed"] else "refused",
        "gate.reasons": "; ".join(verdict["reasons"]),
    }
    source = f"{client.get_run(run_id).info.artifact_uri}/{MODEL}/{UNREGISTERED}"
    # The tags go in with the version, in one transaction: there is no moment at which it has no key.
    return str(client.create_model_version(MODEL, source, run_id, tags=tags).version)


def challenge(home: Path, version: str) -> None:
    """Give a version the alias ``challenger``: it is on trial. Raises ``NotPromoted`` if the gate refused it."""
    client = open_store(home)
    _check_gate(_get(client, version))
    client.set_registered_model_alias(MODEL, "challenger", version)


def promote(home: Path, version: str, by: str) -> None:
    """Make a version the champion; ``by`` says who or what let it through.

    Raises ``NotPromoted`` for one that the gate refused, and ``NoVersion``.
    """
    client = open_store(home)
    _check_gate(_get(client, version))
    client.set_model_version_tag(MODEL, version, "promoted_by", by)
    past = _champions(client)
    if past[-1:] != [version]:
        client.set_registered_model_tag(MODEL, CHAMPIONS, ",".join([*past, version]))
    client.set_registered_model_alias(MODEL, "champion", version)
    if _alias(client, "challenger") == version:
        client.delete_registered_model_alias(MODEL, "challenger")


def roll_back(home: Path, by: str) -> str:
    """Make the champion before the present one the champion again, and return its version; ``by`` says who did.

    Its run names its batches: the next training begins from the data of the version that is now the champion. Raises
    ``NoVersion`` if there was none before.
    """
    client = open_store(home)
    past = _champions(client)
    if len(past) < 2:
        raise NoVersion("there is no champion before this one to go back to")
    bad, before = past[-1], past[-2]
    client.set_model_version_tag(MODEL, bad, "rolled_back_by", by)
    client.set_registered_model_alias(MODEL, "champion", before)
    client.set_registered_model_tag(MODEL, CHAMPIONS, ",".join(past[:-1]))
    return before


def champion(home: Path) -> str | None:
    """The version of the champion; None where nothing was promoted yet."""
    return _alias(open_store(home), "champion")


def challenger(home: Path) -> str | None:
    """The version that is on trial; None where none is."""
    return _alias(open_store(home), "challenger")


def versions(home: Path) -> list[str]:
    """All versions, the oldest first, those that the gate refused among them."""
    found = open_store(home).search_model_versions(f"name = '{MODEL}'")
    return sorted((str(each.version) for each in found), key=int)


def data_of(home: Path, model: str) -> dict[str, list[str]]:
    """The hashes of the batches that a model learned from, ``train``, and was measured on, ``test``."""
    tags = _run(home, model).data.tags
    return {part: [name for name in tags[f"data.{part}"].split(",") if name] for part in ("train", "test")}


def learned_from(home: Path, model: str) -> set[str]:
    """The hashes of all batches that a model learned from, itself or by the version that it was fine-tuned from.

    A fine-tuned model keeps something of what its parent learned.
    """
    parent = _run(home, model).data.tags["parent"]
    own = set(data_of(home, model)["train"])
    return own | learned_from(home, parent) if parent else own


def metrics_of(home: Path, model: str) -> dict[str, float]:
    """What was measured of a model when it was made: ``accuracy``, and one number per class and per test batch."""
    return dict(_run(home, model).data.metrics)


def measured(home: Path, names: list[str], scores: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """What a run says of its model: ``accuracy``, and that of each test batch (by 12 digits) and each class.

    ``scores`` (n, classes) and ``labels`` (n,) are of the pictures of the batches ``names``, one after the other.
    """
    right = scores.argmax(axis=1) == labels
    metrics = {"accuracy": float(right.mean())}
    start = 0
    for name in names:
        count = batches.about(home, name)["count"]
        metrics[f"accuracy/{name[: batches.SHORT]}"] = float(right[start : start + count].mean())
        start += count
    for label in np.unique(labels):
        metrics[f"recall/{dataset.CLASSES[label].replace('/', ' ')}"] = float(right[labels == label].mean())
    return metrics


def model_folder(home: Path, model: str) -> Path:
    """The folder with a model's files, laid out as in a model repository. It is the original: write nothing in it.

    Raises ``StoreError`` if it is not where it was when the model was made.
    """
    folder = files_of(_run(home, model)) / MODEL / str(UNREGISTERED)
    if not folder.is_dir():
        raise StoreError(f"the model's files are not in {folder}: was the loop's folder moved? Then move it back")
    return folder


def trained_on(home: Path, batch: str) -> list[str]:
    """The versions that learned from a batch, by its hash or the first 12 digits, themselves or by their parents.

    Raises ``NoBatch``.
    """
    name = batches.full_hash(home, batch)
    return [version for version in versions(home) if name in learned_from(home, version)]


def lineage(home: Path, version: str) -> dict:
    """Where a version comes from, as JSON.

    ``version``, ``aliases``, ``sha256``, ``gate`` and its ``reasons``, ``promoted_by``, ``rolled_back_by``, ``run``,
    ``code``, ``strategy``, ``parameters``, ``metrics``; ``data``, with ``sha256``, ``count`` and ``source`` of each
    batch of ``train`` and ``test``; and ``parent``, the same of the version that was fine-tuned, or None.
    """
    client = open_store(home)
    found = _get(client, version)
    run = client.get_run(found.run_id)
    tags = run.data.tags
    data = {part: [_told(home, name) for name in names] for part, names in data_of(home, version).items()}
    return {
        "version": version,
        "aliases": sorted(alias for alias in ("champion", "challenger") if _alias(client, alias) == version),
        "sha256": found.tags["sha256"],
        "gate": found.tags["gate"],
        "reasons": [reason for reason in found.tags["gate.reasons"].split("; ") if reason],
        "promoted_by": found.tags.get("promoted_by"),
        "rolled_back_by": found.tags.get("rolled_back_by"),
        "run": found.run_id,
        "code": tags["code"],
        "strategy": tags["strategy"],
        "parameters": dict(run.data.params),
        "metrics": dict(run.data.metrics),
        "data": data,
        "parent": lineage(home, tags["parent"]) if tags.get("parent") else None,
    }


def folder_hash(folder: Path) -> str:
    """The SHA-256 of a version's files, by their names and contents.

    The card is left out, because it has the version's number: so a model has one hash, registered and served.
    """
    card = f"{EXTRA_FOLDER}/{CARD_FILE}"
    files = {name: sha256 for name, sha256 in checksums(folder, folder).items() if name != card}
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def _check_gate(version: ModelVersion) -> None:
    if version.tags["gate"] != "passed":
        raise NotPromoted(f"version {version.version} was refused by the gate: {version.tags['gate.reasons']}")


def _get(client: MlflowClient, version: str) -> ModelVersion:
    found = client.search_model_versions(f"name = '{MODEL}'")
    for each in found:
        if str(each.version) == version:
            return each
    there = ", ".join(sorted((str(each.version) for each in found), key=int))
    raise NoVersion(f"there is no version {version} of {MODEL}; there is {there or 'none'}")


def _run(home: Path, model: str):
    client = open_store(home)
    return client.get_run(model if len(model) == RUN_ID else _get(client, model).run_id)


def _alias(client: MlflowClient, name: str) -> str | None:
    found = client.get_registered_model(MODEL).aliases.get(name)
    return str(found) if found else None


def _champions(client: MlflowClient) -> list[str]:
    return [one for one in client.get_registered_model(MODEL).tags.get(CHAMPIONS, "").split(",") if one]


def _told(home: Path, batch: str) -> dict:
    """What is known of a batch; its hash alone if its folder was removed."""
    try:
        return batches.about(home, batch)
    except batches.NoBatch:
        return {"sha256": batch, "count": None, "source": "its folder is gone"}
