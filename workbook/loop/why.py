"""Why a request got the answer that it got: from its id to the version, its run, its code and its data; and back.

The servers' log says which version and which weights answered, MLflow what made them. Nothing else is kept.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.loop import registry
from pipeline.loop.batches import SHORT, NoBatch
from pipeline.loop.tracking import MODEL
from server.model_card import CARD_FILE, EXTRA_FOLDER, ModelCard
from server.production.answered import signature_of
from workbook.errors import UserError
from workbook.loop.prediction_log import Prediction, prediction, predictions

DATABASE = "mlflow.db"


def explain(home: Path, request: str) -> dict:
    """What is behind one prediction, as JSON: ``registry.lineage`` of its version, and what the logs say of it.

    ``request``, ``time``, ``weights`` (the SHA-256 of the file that was run), and ``hops``: the name of each log and
    the line that it has. Raises ``UserError`` for an id that is not known or got no prediction, for a version without
    a run, and for weights other than the registered ones.
    """
    found = prediction(home, request)
    story = _lineage(home, found)
    _check_weights(home, found)
    hops = [{"log": hop.log, **hop.line} for hop in found.hops]
    return {"request": request, "time": found.time, "weights": found.weights, "hops": hops, **story}


def touched(home: Path, batch: str) -> dict[str, list[Prediction]]:
    """The predictions of each version that has learned from ``batch``, itself or by what it was fine-tuned from.

    ``batch`` is the hash of one, or its first 12 digits. A version that has answered nobody has an empty list. Raises
    ``UserError`` for a batch that is not known, or without a registry.
    """
    _check_registry(home)
    try:
        versions = registry.trained_on(home, batch)
    except NoBatch as error:
        raise UserError(
            f"{error}: the first {SHORT} digits are the names of the folders in {home / 'batches'}"
        ) from error
    found: dict[str, list[Prediction]] = {version: [] for version in versions}
    for one in predictions(home):
        if one.model == MODEL and str(one.version) in found:
            found[str(one.version)].append(one)
    return found


def _lineage(home: Path, found: Prediction) -> dict:
    _check_registry(home)
    try:
        if found.model != MODEL:
            raise registry.NoVersion
        return registry.lineage(home, str(found.version))
    except registry.NoVersion as error:
        raise UserError(
            f"{found.model} v{found.version} answered it, and {home / DATABASE} has no run of that version: it was not "
            "made by this loop; its model card says where it comes from"
        ) from error


def _check_weights(home: Path, found: Prediction) -> None:
    card = ModelCard.read(registry.model_folder(home, str(found.version)) / EXTRA_FOLDER / CARD_FILE)
    registered = signature_of(card)["weights"]
    if found.weights != registered:
        raise UserError(
            f"the weights that answered it, {found.weights[:SHORT]}, are not those that are registered as "
            f"v{found.version}, {registered[:SHORT]}: its folder in the repository was replaced; deploy it again"
        )


def _check_registry(home: Path) -> None:
    """Asking for it must not make one."""
    if not (home / DATABASE).is_file():
        raise UserError(f"{home} has no registry, {DATABASE}: say with --home which folder the loop has")
