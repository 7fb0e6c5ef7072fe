"""The two promises of the README, kept on a machine that has nothing: a fresh clone, an empty home."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from server.layout import EXTRA_FOLDER, PINNED_MODELS
from server.model_card import sha256_of
from tests.test_house import copy_tracked_files
from workbook.artifacts import snapshot


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """What git would clone of the tree as it stands, uncommitted changes included."""
    folder = tmp_path_factory.mktemp("clone")
    copy_tracked_files(folder)
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """This machine's way to its registries, and an empty home; nothing of the running virtual environment."""
    own = {"HOME": str(tmp_path_factory.mktemp("home")), "NO_COLOR": "1"}
    left_out = (
        "VIRTUAL_ENV",
        "KERAS_HOME",
        "FASHION_MNIST_DIR",
        "PYTHONPATH",
        "PIP_CACHE_DIR",
        "MAKEFLAGS",
        "MAKELEVEL",
    )
    return {**{name: value for name, value in os.environ.items() if name not in left_out}, **own}


def call(clone: Path, environment: dict[str, str], *command: str) -> str:
    result = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout


def test_make_run_in_a_fresh_clone_and_what_follows(clone, environment):
    printed = call(clone, environment, "make", "run")
    report = clone / "work" / "run" / "report.html"
    assert printed.endswith(f"Executed notebooks: {report.parent}\nHTML report:        {report}\n")
    executed = sorted(path.name for path in report.parent.glob("*.ipynb"))
    assert executed == sorted(path.name for path in (clone / "notebooks").glob("*.ipynb"))

    # Each file that is now in work/ is one that its notebook says it makes; nothing is written behind the run's back.
    outcomes = json.loads((report.parent / "report.json").read_text())
    reported = [artifact["path"] for outcome in outcomes for artifact in outcome["artifacts"]]
    assert sorted(reported) == sorted(snapshot(clone / "work"))

    # The model that the notebooks are now verified on is the one that this run trained, not the pinned one.
    trained = clone / "work" / "clothes.keras"
    assert sha256_of(trained) != sha256_of(PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER / "clothes.keras")
    before = sha256_of(trained)
    call(clone, environment, ".venv/bin/workbook", "verify")
    assert sha256_of(trained) == before

    # Both commands can be repeated: nothing is set up again.
    stamp = (clone / ".venv" / "ready").stat().st_mtime_ns
    call(clone, environment, "make", "run", "ARGS=01")
    assert (clone / ".venv" / "ready").stat().st_mtime_ns == stamp
    call(clone, environment, "make", "docs")
