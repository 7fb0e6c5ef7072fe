"""The promises of the README, kept on a machine that has no network: a fresh clone, an empty home.

Its set-up is the Makefile's, real but for the gigabytes: what the lock pins is linked from the environment that these
tests run in, and pip, which has no index there, finds each pin in its version or fails. What builds the course comes
from a wheelhouse, and the data. That a registry is enough is shown by ``make test`` itself, which set up these tests'
environment by the same lines; that a wheelhouse of the whole lock lacks nothing, in workbook/setup/test_wheelhouse.py.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import nbformat
import pytest

from server.model_card import EXTRA_FOLDER, PINNED_MODELS, sha256_of
from tests.conftest import ROOT
from tests.notebooks.replay import failed_cells, prints
from tests.notebooks.test_anatomy import NOTEBOOKS, code_cells
from tests.surroundings import call, call_offline, link_packages
from tests.test_house import PYPROJECT, copy_tracked_files
from workbook.notebooks.artifacts import snapshot
from workbook.notebooks.flow import flow_of
from workbook.setup.doctor import ENGINES_LOCK, KUBERNETES_LOCK, LOCK, RAY_LOCK


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """What git would clone of the tree as it stands, uncommitted changes included."""
    folder = tmp_path_factory.mktemp("clone")
    copy_tracked_files(folder)
    link_packages(folder / ".venv")
    return folder


def with_empty_home(home: Path) -> dict[str, str]:
    """This machine's environment; nothing of the running virtual environment, and no Docker engine: a server in a
    container would not be reached from where there is no network."""
    left_out = (
        "VIRTUAL_ENV",
        "KERAS_HOME",
        "FASHION_MNIST_DIR",
        "PYTHONPATH",
        "PIP_CACHE_DIR",
    )
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, "HOME": str(home), "NO_COLOR": "1", "DOCKER_HOST": "unix:///nowhere/docker.sock"}


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory) -> Path:
    """Made as an instructor would, in a home that has neither the data nor a cache, of what builds the course."""
    course = tmp_path_factory.mktemp("instructor")
    (course / "notebooks").mkdir()
    builders = tuple(name.partition(">")[0] + "==" for name in PYPROJECT["build-system"]["requires"])
    lock = (ROOT / LOCK).read_text().splitlines()
    for name in (LOCK, ENGINES_LOCK, KUBERNETES_LOCK, RAY_LOCK):  # no lesson needs the layers
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text("\n".join(line for line in lock if line.startswith(builders)))
    environment = with_empty_home(tmp_path_factory.mktemp("home-with-network"))
    # -P: the folders of the locks have the names of packages, and are none
    call(course, environment, sys.executable, "-P", "-m", "workbook", "wheelhouse", "wheelhouse")
    return course / "wheelhouse"


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    return with_empty_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module", params=["--fast", pytest.param("", marks=pytest.mark.weekly)], ids=["fast", "whole"])
def arguments(request) -> str:
    """With the first, notebook 02 trains for 3 epochs instead of 20."""
    return request.param


@pytest.fixture(scope="module")
def printed(clone, environment, wheelhouse, arguments) -> str:
    """What `make run` says, the one run of all notebooks that all tests look at."""
    return call_offline(clone, environment, "make", "run", f"WHEELHOUSE={wheelhouse}", f"ARGS={arguments}")


@pytest.fixture(scope="module")
def executed(clone, printed) -> Path:
    """Where its notebooks are."""
    return clone / "work" / "run"


def test_nothing_is_reached_from_there(clone, environment):
    ask = "import socket; socket.create_connection(('192.0.2.1', 80), 5)"
    with pytest.raises(AssertionError, match="Network is unreachable"):
        call_offline(clone, environment, sys.executable, "-c", ask)


def test_make_run_runs_every_notebook_and_says_where_the_report_is(clone, printed, executed):
    report = executed / "report.html"
    assert printed.endswith(f"Executed notebooks: {report.parent}\nHTML report:        {report}\n")
    assert report.is_file()
    assert sorted(path.name for path in executed.glob("*.ipynb")) == [path.name for path in NOTEBOOKS]
    assert str(clone) in call(clone, {}, ".venv/bin/python", "-c", "import workbook; print(workbook.__file__)")


def test_each_file_in_work_is_one_that_its_notebook_says_it_makes(clone, executed):
    outcomes = json.loads((executed / "report.json").read_text())
    reported = [artifact["path"] for outcome in outcomes for artifact in outcome["artifacts"]]
    assert sorted(reported) == sorted(snapshot(clone / "work"))


def test_every_notebook_printed_what_is_stored_in_it_on_the_model_that_it_trained(clone, executed, arguments, tmp_path):
    """After three epochs, cells with numbers that may differ a little are left out where they use that model."""
    pinned = PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER / "clothes.keras"
    assert sha256_of(clone / "work" / "clothes.keras") != sha256_of(pinned)
    replays = {}
    for path in NOTEBOOKS:
        stored, ran = (code_cells(nbformat.read(file, as_version=4)) for file in (path, executed / path.name))
        ran = [cell for cell in ran if "injected-parameters" not in cell.metadata.get("tags", [])]
        assert [cell.source for cell in ran] == [cell.source for cell in stored]
        whole = arguments != "--fast" or not uses_the_trained_model(path)
        pairs = zip(stored, ran, strict=True)
        replays[path.stem] = [prints(*pair) for pair in pairs if whole or "tolerance" not in pair[0].metadata]
    failed = failed_cells(replays, tmp_path)
    assert {name: cells for name, cells in failed.items() if cells} == {}


def uses_the_trained_model(path: Path) -> bool:
    flow = flow_of(path)
    return "clothes.keras" in (*flow.needs, *flow.makes)


def test_repeated_it_sets_nothing_up_again(clone, environment, executed):
    stamp = (clone / ".venv" / "ready").stat().st_mtime_ns
    assert "Usage: workbook run" in call_offline(clone, environment, "make", "run", "ARGS=--help")
    assert (clone / ".venv" / "ready").stat().st_mtime_ns == stamp
