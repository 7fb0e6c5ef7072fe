"""Versions, aliases, and where each version comes from; what was killed leaves nothing behind."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys

import pytest
from mlflow.exceptions import MlflowException

from pipeline.loop import registry, tracking
from tests.conftest import ROOT
from tests.loops import PASSED
from workbook.errors import told_of_database

REFUSED = {"passed": False, "reasons": ["0.10 of Shirt found", "Bag fell"]}
# Two at once find no database, and what a killed one has left; whoever asks for an address is overheard.
OPENING = """
import json, socket, sys
from pathlib import Path
asked = []
real = socket.getaddrinfo
socket.getaddrinfo = lambda *args, **more: asked.append(str(args[0])) or real(*args, **more)
from pipeline.loop.tracking import open_store, start_run
client = open_store(Path(sys.argv[1]))
start_run(client, {"key": sys.argv[2]})
print(json.dumps([client.get_experiment_by_name("clothes").artifact_location, asked]))
"""


def test_two_that_open_a_fresh_loop_share_one_database_and_call_nobody(tmp_path):
    home = tmp_path / "Größe 1 #"
    home.mkdir()
    (home / "mlflow.making").write_bytes(b"half a database")
    command = [sys.executable, "-c", OPENING, str(home)]
    both = [
        subprocess.Popen([*command, key], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for key in ("one", "other")
    ]
    answers = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    for printed, _ in answers:
        assert json.loads(printed) == [(home / "artifacts").as_uri(), []]
    client = tracking.open_store(home)
    assert list(tmp_path.iterdir()) == [home]
    runs = client.search_runs([client.get_experiment_by_name("clothes").experiment_id])
    assert {run.data.tags["key"] for run in runs} == {"one", "other"}
    # Both processes are gone, and their runs would seem to run forever.
    own = tracking.start_run(client, {"key": "this"})
    assert len(tracking.close_killed_runs(client)) == 2
    states = {run.info.run_id: run.info.status for run in client.search_runs([runs[0].info.experiment_id])}
    assert (states.pop(own), set(states.values())) == ("RUNNING", {"KILLED"})


def test_a_model_is_registered_once_however_often_the_step_runs(loop):
    assert registry.register(loop.home, loop.runs[0], REFUSED) == "1"
    assert registry.register(loop.home, loop.runs[1], PASSED) == "2"
    assert registry.register(loop.home, loop.runs[1], PASSED) == "2"
    assert registry.versions(loop.home) == ["1", "2"]


def test_promotion_and_rollback_move_the_alias_and_the_data_goes_with_it(loop):
    version = registry.register(loop.home, loop.runs[1], PASSED)
    registry.challenge(loop.home, version)
    assert (registry.champion(loop.home), registry.challenger(loop.home)) == ("1", "2")
    registry.promote(loop.home, version, "the canary")
    registry.promote(loop.home, version, "the canary")  # a step that was killed runs again
    assert (registry.champion(loop.home), registry.challenger(loop.home)) == ("2", None)
    assert registry.roll_back(loop.home, "an operator") == "1" == registry.champion(loop.home)
    told = registry.lineage(loop.home, "2")
    assert (told["promoted_by"], told["rolled_back_by"], told["aliases"]) == ("the canary", "an operator", [])
    assert registry.data_of(loop.home, registry.champion(loop.home)) == loop.data != registry.data_of(loop.home, "2")
    with pytest.raises(registry.NoVersion, match="no champion before this one"):
        registry.roll_back(loop.home, "an operator")


def test_one_that_the_gate_refused_is_kept_with_the_reasons_and_cannot_be_promoted(loop):
    version = registry.register(loop.home, loop.runs[1], REFUSED)
    told = registry.lineage(loop.home, version)
    assert (told["gate"], told["reasons"]) == ("refused", REFUSED["reasons"])
    for move in (lambda: registry.promote(loop.home, version, "me"), lambda: registry.challenge(loop.home, version)):
        with pytest.raises(registry.NotPromoted, match=r"refused by the gate: 0\.10 of Shirt found; Bag fell"):
            move()
    assert registry.champion(loop.home) == "1"


def test_what_the_parent_of_a_version_has_learned_counts_for_the_version(loop):
    client = tracking.open_store(loop.home)
    tags = {"key": "any", "parent": "1", "data.train": loop.more, "data.test": loop.test}
    child = tracking.start_run(client, tags)
    assert registry.learned_from(loop.home, child) == {loop.base, loop.more}


def test_a_database_that_is_no_loops_is_said_at_once_with_what_to_do(loop, tmp_path):
    database = loop.home / "mlflow.db"
    for content in (b"", b"no database at all" * 100, database.read_bytes()[:50_000]):
        database.write_bytes(content)
        with pytest.raises(tracking.StoreError, match=r"mlflow\.db cannot be read: .*; put back a copy of it"):
            registry.champion(loop.home)
    database.unlink()
    with sqlite3.connect(database) as other:
        other.execute("CREATE TABLE experiments (name TEXT)")
    with pytest.raises(tracking.StoreError, match="no experiment clothes"):
        registry.champion(loop.home)


def test_what_the_database_cannot_do_is_one_line_with_a_cure(loop):
    with sqlite3.connect(loop.home / "mlflow.db") as database:
        old = "451aebb31d03"  # of an older MLflow  # pragma: allowlist secret
        database.execute("UPDATE alembic_version SET version_num = ?", (old,))
    with pytest.raises(MlflowException) as raised:
        registry.champion(loop.home)
    full = MlflowException("(sqlite3.OperationalError) database or disk is full\n[SQL: INSERT]")
    cures = {raised.value: "another version of MLflow made it", full: "disk is full: make room on that disk"}
    for error, cure in cures.items():
        told = told_of_database(error)
        assert told.startswith("mlflow.db: ") and cure in told and "\n" not in told
    assert told_of_database(ValueError("database or disk is full")) is None


def test_files_of_a_model_that_are_gone_are_said(loop):
    run = tracking.start_run(tracking.open_store(loop.home), {"key": "without files"})
    with pytest.raises(tracking.StoreError, match="was the loop's folder moved"):
        registry.model_folder(loop.home, run)


def test_lineage_names_the_batches_with_their_sources(loop):
    told = registry.lineage(loop.home, "1")
    assert told["data"] == {
        "train": [{"sha256": loop.base, "count": 600, "source": "base"}],
        "test": [{"sha256": loop.test, "count": 600, "source": "test"}],
    }
    assert told["run"] == loop.runs[0] and told["aliases"] == ["champion"] and told["metrics"]["accuracy"] > 0.8
    assert json.loads(json.dumps(told)) == told
    assert registry.trained_on(loop.home, loop.base[:12]) == ["1"]
    assert registry.trained_on(loop.home, loop.test) == []


def test_a_version_that_is_not_there_is_named_with_those_that_are(loop):
    with pytest.raises(registry.NoVersion, match="no version 9 of clothes; there is 1"):
        registry.lineage(loop.home, "9")
