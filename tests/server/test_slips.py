"""A folder that serves nothing, or not all, says which slip was made."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from server.model_card import EXTRA_FOLDER, PINNED_MODELS
from server.repository import ModelRepository

DIGITS = PINNED_MODELS / "digits"


def made(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    root.mkdir(exist_ok=True)
    return root


CARD = f"{EXTRA_FOLDER}/model_card.json"
SLIPS = {
    "nothing": ((), "is empty"),
    "other things": (("notes.txt", "pictures/bag.png"), "there is notes.txt, pictures"),
    "a model as a file": (("clothes.keras",), r"clothes\.keras is left out, because a model belongs in"),
    "a version called v3": ((f"clothes/v3/{CARD}",), "a version is a number: call the folder 3"),
    "a SavedModel called version_2": (("clothes/version_2/saved_model.pb",), "call the folder 2"),
    "a SavedModel without its card": (("clothes/1/saved_model.pb",), "it has no assets.extra/model_card.json"),
    "a version without its model's folder": (("1/saved_model.pb",), "a version belongs in the folder of its model"),
}


@pytest.mark.parametrize(("files", "says"), SLIPS.values(), ids=SLIPS.keys())
def test_an_empty_repository_says_what_was_looked_for_and_what_is_there(tmp_path, files, says):
    why = ModelRepository(made(tmp_path / "models", *files)).why_empty()
    assert str(tmp_path) in why
    assert re.search(says, why), why


def test_one_model_and_one_version_name_the_folder_that_is_meant():
    assert f"name the folder above it, {PINNED_MODELS}" in ModelRepository(DIGITS).why_empty()
    assert f"name the folder two levels up, {PINNED_MODELS}" in ModelRepository(DIGITS / "1").why_empty()


def test_what_is_left_out_beside_sound_models_is_logged_once(tmp_path, caplog):
    shutil.copytree(DIGITS, tmp_path / "digits")
    shutil.copytree(DIGITS / "1", tmp_path / "digits" / "v2")
    repository = ModelRepository(tmp_path)
    repository.refresh()
    repository.refresh()
    assert repository.versions("digits") == [1]
    assert caplog.text.count("call the folder 2") == 1


def test_a_version_that_is_being_copied_is_no_slip(tmp_path, caplog):
    shutil.copytree(DIGITS, tmp_path / "digits")
    repository = ModelRepository(tmp_path)
    made(tmp_path, "digits/2/saved_model.pb")
    repository.refresh()
    shutil.rmtree(tmp_path / "digits" / "2")
    repository.refresh()
    assert "left out" not in caplog.text
