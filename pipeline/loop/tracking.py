"""MLflow below a loop's folder: the database, the files of runs, and what a killed process leaves behind.

The database is ``home/mlflow.db``, the files of runs are in ``home/artifacts/``; no server runs. MLflow takes seconds
to import, so it is imported where it is used.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

MODEL = "clothes"  # the experiment, the registered model, and the folder in the model repository
ALONE = "loop.lock"  # the file in a loop's folder that whoever works there holds
LOCK_SECONDS = 300  # making a database takes some seconds, on a busy machine more


class StoreError(ValueError):
    """A loop's database, or the files of its runs, cannot be used. The message says what to do."""


def open_store(home: Path) -> MlflowClient:
    """The client of the loop in ``home``, whose database is made if it is not there.

    The database holds absolute paths, so a loop's folder cannot be moved once it is there. Raises ``StoreError`` for a
    database that is broken, or of another version of MLflow.
    """
    import filelock

    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    # Of several processes that find no database, all but the first would die of its half-made tables.
    with filelock.FileLock(home / "mlflow.lock", timeout=LOCK_SECONDS):
        if not (home / "mlflow.db").is_file():
            _make(home)
    _check(home / "mlflow.db")
    return _client(home / "mlflow.db")


def address_of(database: Path) -> str:
    """The address of a SQLite file, as MLflow and Optuna take it; the path may have any letters.

    Only what has a meaning in an address is quoted: of a path with more of it, MLflow makes an empty folder.
    """
    return f"sqlite:///{str(database).replace('%', '%25').replace('?', '%3F')}"


def _check(database: Path) -> None:
    """See that it is a loop's: MLflow would try for minutes to open one that is broken."""
    try:
        with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", LOCK_SECONDS, uri=True)) as connection:
            found = connection.execute("SELECT COUNT(*) FROM experiments WHERE name = ?", [MODEL]).fetchone()
    except sqlite3.Error as error:
        raise StoreError(
            f"{database} cannot be read: {error}; put back a copy of it, or begin again with another --home"
        ) from error
    if found == (0,):
        raise StoreError(f"{database} is not of a loop: it has no experiment {MODEL}; give another --home")


def _make(home: Path) -> None:
    """Make the database under another name, so that one that is there is whole even if this process is killed."""
    making, copied = home / "mlflow.making", home / "mlflow.copied"
    making.unlink(missing_ok=True)
    client = _client(making)
    # Without a place, files would go to ./mlruns of whoever makes the experiment.
    client.create_experiment(MODEL, artifact_location=(home / "artifacts").as_uri())
    client.create_registered_model(MODEL)
    shutil.copyfile(making, copied)  # SQLAlchemy still has it open, and Windows renames no open file
    os.replace(copied, home / "mlflow.db")
    with contextlib.suppress(OSError):
        making.unlink()


def _client(database: Path) -> MlflowClient:
    # Set before MLflow is imported; otherwise it looks for a server of its makers.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "IProgress not found")  # in a notebook: it would like to draw a bar
        from mlflow import MlflowClient

    logging.getLogger("alembic").setLevel(logging.WARNING)
    address = address_of(database)
    return MlflowClient(tracking_uri=address, registry_uri=address)


def start_run(client: MlflowClient, tags: dict[str, str]) -> str:
    """The id of a new run with these tags, which also says which process it belongs to."""
    experiment = client.get_experiment_by_name(MODEL).experiment_id
    return client.create_run(experiment, tags={**tags, "process": _this_process()}).info.run_id


def finished_run(client: MlflowClient, key: str) -> Run | None:
    """The run that has finished with this ``key``, which stands for all that went into it; None if none has."""
    found = _runs(client, f"tags.key = '{key}' and attributes.status = 'FINISHED'")
    return found[0] if found else None


def close_killed_runs(client: MlflowClient) -> list[str]:
    """Give runs whose process is gone the status KILLED, and return their ids: nobody else would ever end them."""
    killed = [run for run in _runs(client, "attributes.status = 'RUNNING'") if not _is_alive(run.data.tags["process"])]
    for run in killed:
        client.set_terminated(run.info.run_id, "KILLED")
    return [run.info.run_id for run in killed]


def files_of(run: Run) -> Path:
    """The folder of a run's files. It is the original, not a copy: write nothing in it."""
    return Path(url2pathname(urlsplit(run.info.artifact_uri).path))


def _runs(client: MlflowClient, condition: str) -> list[Run]:
    experiment = client.get_experiment_by_name(MODEL).experiment_id
    return list(client.search_runs([experiment], condition))


def _this_process() -> str:
    import psutil

    process = psutil.Process()
    return f"{process.pid} {process.create_time():.2f}"


def _is_alive(process: str) -> bool:
    """Whether the process that ``_this_process`` described still runs; a number alone may be somebody else's by now."""
    import psutil

    number, created = process.split()
    try:
        return abs(psutil.Process(int(number)).create_time() - float(created)) < 1
    except psutil.Error:
        return False
