"""A model that the loop did not train, such as one that comes with the course, as a run that can be registered."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from pipeline.loop import batches, registry
from pipeline.loop.fingerprint import key_of
from pipeline.loop.tracking import MODEL, finished_run, open_store, start_run
from server.model_card import CARD_FILE, EXTRA_FOLDER
from server.repository import load_servable


def adopt(home: Path, folder: Path, data: dict) -> str:
    """Measure the model in ``folder``, a version of a model repository, and return the id of its run.

    ``data`` has two lists of batch hashes: ``train``, what it learned from as far as that is known, and ``test``. The
    same folder and data give the same run. Raises ``ValueError`` for a folder that cannot be served.
    """
    servable = load_servable(folder)
    key = key_of("adopted", registry.folder_hash(folder), data)
    client = open_store(home)
    if done := finished_run(client, key):
        return done.info.run_id
    pixels, labels = batches.read_all(home, data["test"])
    scores = servable.engine.predict(pixels)
    tags = {"key": key, "strategy": "adopted", "code": "", "parent": ""}
    run_id = start_run(client, {**tags, **{f"data.{part}": ",".join(data[part]) for part in ("train", "test")}})
    for name, value in {"strategy": "adopted", **servable.card.training}.items():
        client.log_param(run_id, name, value)
    for name, value in registry.measured(home, data["test"], scores, labels).items():
        client.log_metric(run_id, name, value)
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / MODEL / str(registry.UNREGISTERED)
        shutil.copytree(folder, copy)
        replace(servable.card, version=registry.UNREGISTERED).write(copy / EXTRA_FOLDER / CARD_FILE)
        client.log_artifacts(run_id, str(copy), f"{MODEL}/{registry.UNREGISTERED}")
    client.set_terminated(run_id, "FINISHED")
    return run_id
