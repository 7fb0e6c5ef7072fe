"""Why a request got its answer, from a registry and logs that were written by hand: no server, no training."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.loop import registry
from pipeline.loop.tracking import StoreError
from server.model_card import EXTRA_FOLDER, sha256_of
from tests.loops import PASSED
from tests.workbook.loop.test_prediction_log import line, logged
from workbook.errors import UserError
from workbook.loop.why import explain, touched


def weights_of(loop, version: str) -> str:
    return sha256_of(registry.model_folder(loop.home, version) / EXTRA_FOLDER / "clothes.tflite")


def answered(request: str, version: int, weights: str) -> dict:
    return line(request, model="clothes", version=version, weights=weights)


@pytest.fixture
def home(loop) -> Path:
    """Two versions have answered, each one request; the second is the newest, and nobody's champion yet."""
    registry.register(loop.home, loop.runs[1], PASSED)
    lines = [answered(f"by-{version}", version, weights_of(loop, str(version))) for version in (1, 2)]
    return logged(loop.home, server=[*lines, answered("replaced", 1, "f" * 64)])


def test_the_version_that_answered_is_told_and_not_the_newest(loop, home):
    for version, batches in ((1, [loop.base]), (2, [loop.base, loop.more])):
        told = explain(home, f"by-{version}")
        assert (told["version"], told["run"]) == (str(version), loop.runs[version - 1])
        assert [batch["sha256"] for batch in told["data"]["train"]] == batches
        assert told["weights"] == weights_of(loop, str(version))


def test_weights_that_are_not_the_registered_ones_are_said(home):
    with pytest.raises(UserError, match=r"the weights that answered it, ffffffffffff, are not those .* as v1"):
        explain(home, "replaced")


def test_a_batch_touched_the_answers_of_the_versions_that_learned_from_it(loop, home):
    found = touched(home, loop.more[:12])
    assert {version: [one.request for one in of] for version, of in found.items()} == {"2": ["by-2"]}
    assert set(touched(home, loop.base)) == {"1", "2"}


def test_a_registry_that_is_broken_is_said(loop, home):
    (home / "mlflow.db").write_bytes(b"nothing")
    for ask in (lambda: explain(home, "by-1"), lambda: touched(home, loop.base)):
        with pytest.raises(StoreError, match="put back a copy"):
            ask()


def test_a_version_without_a_run_and_a_folder_without_a_registry_are_said(home, tmp_path_factory):
    empty = logged(tmp_path_factory.mktemp("other"), server=[answered("pinned", 99, "w")])
    with pytest.raises(UserError, match="has no registry"):
        explain(empty, "pinned")
    assert not (empty / "mlflow.db").exists()  # asking has made none
    shutil.copy(empty / "predictions" / "server.log", home / "predictions" / "pinned.log")
    with pytest.raises(UserError, match=r"clothes v99 answered it, and .* has no run of that version"):
        explain(home, "pinned")
