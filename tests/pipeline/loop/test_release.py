"""Only what the gate passed, whole and as it was measured, comes into the model repository."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.loop import registry, release
from server.model_card import EXTRA_FOLDER
from server.repository import ModelRepository
from tests.loops import PASSED


@pytest.fixture
def own_files(loop, monkeypatch) -> Path:
    """The files of version 1, copied for this test to spoil."""
    folder = loop.home / "spoiled"
    shutil.copytree(registry.model_folder(loop.home, "1"), folder)
    monkeypatch.setattr(registry, "model_folder", lambda home, model: folder)
    return folder


def served(repository) -> list[int]:
    return sorted(int(path.name) for path in (repository / "clothes").glob("[0-9]*"))


def test_a_version_is_served_under_its_number_and_withdrawn_at_once(loop, tmp_path):
    repository = tmp_path / "repository"
    folder = release.deploy(loop.home, "1", repository)
    assert folder == repository / "clothes" / "1"
    assert registry.folder_hash(folder) == registry.lineage(loop.home, "1")["sha256"]
    version = registry.register(loop.home, loop.runs[1], PASSED)
    release.deploy(loop.home, version, repository)
    models = ModelRepository(repository)
    assert models.versions("clothes") == [1, 2]
    before = folder.stat().st_ino
    release.deploy(loop.home, "1", repository)
    assert folder.stat().st_ino == before, "one that is there, unchanged, is left alone"
    release.withdraw(repository, "1")
    release.withdraw(repository, "1")
    models.refresh()
    assert models.versions("clothes") == [2]
    assert [path.name for path in (repository / "clothes").iterdir()] == ["2"]


def test_a_folder_that_somebody_changed_in_the_repository_is_put_right(loop, tmp_path):
    folder = release.deploy(loop.home, "1", tmp_path)
    (folder / EXTRA_FOLDER / "clothes.tflite").write_bytes(b"something else")
    release.deploy(loop.home, "1", tmp_path)
    assert ModelRepository(tmp_path).versions("clothes") == [1]


def test_one_that_the_gate_refused_stays_out(loop, tmp_path):
    version = registry.register(loop.home, loop.runs[1], {"passed": False, "reasons": ["worse"]})
    with pytest.raises(release.NotReleased, match="version 2 was refused by the gate: worse"):
        release.deploy(loop.home, version, tmp_path)
    assert served(tmp_path) == []


def test_files_that_are_not_those_that_were_registered_stay_out(loop, own_files, tmp_path):
    path = own_files / EXTRA_FOLDER / "clothes.tflite"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    with pytest.raises(release.NotReleased, match="not those that were registered"):
        release.deploy(loop.home, "1", tmp_path)
    assert served(tmp_path) == [] and not list((tmp_path / "clothes").iterdir())


def test_a_model_that_was_registered_broken_is_stopped_by_the_smoke_test(loop, own_files, tmp_path, monkeypatch):
    (own_files / EXTRA_FOLDER / "clothes.tflite").write_bytes(b"not a model")
    monkeypatch.setattr(registry, "folder_hash", lambda folder: registry.lineage(loop.home, "1")["sha256"])
    with pytest.raises(release.NotReleased, match="version 1 cannot be served"):
        release.deploy(loop.home, "1", tmp_path)
    assert served(tmp_path) == []


def test_one_that_answers_otherwise_than_when_it_was_measured_is_stopped(loop, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "metrics_of", lambda home, model: {"accuracy": 0.95})
    with pytest.raises(release.NotReleased, match=r"when it was made it had 0\.950"):
        release.deploy(loop.home, "1", tmp_path)
    assert served(tmp_path) == []
