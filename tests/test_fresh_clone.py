"""The promises of the README, kept on a machine that has nothing, no network either: a fresh clone, an empty home.

What it has is a wheelhouse, made in another empty home out of a package registry. That a registry without a wheelhouse
is enough is shown by ``make test`` itself, which set up the environment that these tests run in.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from server.model_card import EXTRA_FOLDER, PINNED_MODELS, sha256_of
from tests.test_house import copy_tracked_files
from workbook.notebooks.artifacts import snapshot


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """What git would clone of the tree as it stands, uncommitted changes included."""
    folder = tmp_path_factory.mktemp("clone")
    copy_tracked_files(folder)
    return folder


def with_empty_home(home: Path) -> dict[str, str]:
    """This machine's environment; nothing of the running virtual environment, and of its Docker engine."""
    left_out = (
        "DOCKER_HOST",  # a server in a container would not be reached from where there is no network
        "VIRTUAL_ENV",
        "KERAS_HOME",
        "FASHION_MNIST_DIR",
        "PYTHONPATH",
        "PIP_CACHE_DIR",
        "MAKEFLAGS",
        "MAKELEVEL",
    )
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, "HOME": str(home), "NO_COLOR": "1"}


@pytest.fixture(scope="module")
def wheelhouse(clone, tmp_path_factory) -> Path:
    """Made as an instructor would, in a home that has neither the data nor a cache."""
    folder = tmp_path_factory.mktemp("stick") / "wheelhouse"
    environment = with_empty_home(tmp_path_factory.mktemp("home-with-network"))
    call(clone, environment, sys.executable, "-m", "workbook", "wheelhouse", str(folder))
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    return with_empty_home(tmp_path_factory.mktemp("home"))


def call_offline(clone: Path, environment: dict[str, str], *command: str) -> str:
    """``call`` in a network of its own with nothing but loopback; on a system without such, pip has no index."""
    if not shutil.which("unshare"):
        return call(clone, environment, *command)
    enter = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    # As the script that it is: what it imports lies beside it.
    raise_loopback = "sys.path.insert(0, 'workbook/labs'); from enclose import raise_loopback; raise_loopback()"
    run = f"import os, sys; {raise_loopback}; os.execvp(sys.argv[1], sys.argv[1:])"
    return call(clone, environment, *enter, sys.executable, "-c", run, *command)


def call(clone: Path, environment: dict[str, str], *command: str) -> str:
    result = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout


def test_nothing_is_reached_from_there(clone, environment):
    ask = "import socket; socket.create_connection(('192.0.2.1', 80), 5)"
    with pytest.raises(AssertionError, match="Network is unreachable"):
        call_offline(clone, environment, sys.executable, "-c", ask)


def test_make_run_in_a_fresh_clone_and_what_follows(clone, environment, wheelhouse):
    printed = call_offline(clone, environment, "make", "run", f"WHEELHOUSE={wheelhouse}")
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
    call_offline(clone, environment, ".venv/bin/workbook", "verify")
    assert sha256_of(trained) == before

    # Both commands can be repeated: nothing is set up again.
    stamp = (clone / ".venv" / "ready").stat().st_mtime_ns
    call_offline(clone, environment, "make", "run", "ARGS=01")
    assert (clone / ".venv" / "ready").stat().st_mtime_ns == stamp
    call_offline(clone, environment, "make", "docs")
