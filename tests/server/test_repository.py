"""What a model repository takes, and what it refuses."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, sha256_of
from server.repository import ModelRepository, NotServed


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """The ``assets.extra`` of the digits model, alone in a repository of its own."""
    return Path(shutil.copytree(PINNED_MODELS / "digits", tmp_path / "digits")) / "1" / EXTRA_FOLDER


def edit_card(extra: Path, **changes) -> None:
    card = json.loads((extra / CARD_FILE).read_text())
    (extra / CARD_FILE).write_text(json.dumps({**card, **changes}))


def test_versions_are_ordered_as_numbers(digits, tmp_path):
    for version in (2, 10):
        extra = Path(shutil.copytree(digits.parent, tmp_path / "digits" / str(version))) / EXTRA_FOLDER
        edit_card(extra, version=version)
    repository = ModelRepository(tmp_path)
    assert (repository.names(), repository.versions("digits")) == (["digits"], [1, 2, 10])
    assert repository.get("digits", 10).card.version == 10


def test_what_is_not_served_is_named_with_what_is(digits, tmp_path):
    repository = ModelRepository(tmp_path)
    with pytest.raises(NotServed, match="no model 'hats'; there is digits"):
        repository.versions("hats")
    with pytest.raises(NotServed, match="no version v2 of digits; there is v1"):
        repository.get("digits", 2)


def test_scores_add_up_to_one_and_labels_are_the_cards(digits, tmp_path):
    scores, labels = ModelRepository(tmp_path).get("digits", 1).classify(np.zeros((4, 8, 8), np.uint8))
    assert (scores.shape, scores.dtype, len(labels)) == ((4, 10), np.float32, 4)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)


def break_file(extra: Path) -> None:
    with (extra / "digits.npz").open("ab") as file:
        file.write(b"!")


FAULTS = {
    "an altered model file": (break_file, "is not the file"),
    "a missing model file": (lambda extra: (extra / "digits.npz").unlink(), "is missing"),
    "a card that is no JSON": (lambda extra: (extra / CARD_FILE).write_text("{"), "not a model card"),
    "a card without its fields": (lambda extra: (extra / CARD_FILE).write_text("{}"), "not a model card"),
    "a card of another model": (lambda extra: edit_card(extra, name="hats"), "the card of hats version 1"),
    "a card of another version": (lambda extra: edit_card(extra, version=3), "the card of digits version 3"),
}


@pytest.mark.parametrize(("fault", "reason"), FAULTS.values(), ids=FAULTS.keys())
def test_a_version_that_is_wrong_is_logged_and_left_out(digits, tmp_path, caplog, fault, reason):
    fault(digits)
    assert ModelRepository(tmp_path).names() == []
    assert reason in caplog.text


def test_half_a_repository_serves_the_sound_half(digits, tmp_path):
    broken = Path(shutil.copytree(digits.parent, tmp_path / "digits" / "2")) / EXTRA_FOLDER
    break_file(broken)
    edit_card(broken, version=2)
    assert ModelRepository(tmp_path).versions("digits") == [1]


def test_a_root_that_is_no_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is not a folder"):
        ModelRepository(tmp_path / "none")


def add_version(digits: Path, number: int) -> Path:
    """Copy version 1 as another, in the order that a copy takes: the card, which names the rest, comes last."""
    extra = Path(shutil.copytree(digits.parent, digits.parent.parent / str(number))) / EXTRA_FOLDER
    edit_card(extra, version=number)
    return extra


def test_a_new_version_is_served_after_a_refresh_and_a_removed_one_is_not(digits, tmp_path):
    repository = ModelRepository(tmp_path)
    extra = add_version(digits, 2)
    assert repository.versions("digits") == [1]
    repository.refresh()
    assert repository.versions("digits") == [1, 2]
    shutil.rmtree(extra.parent)
    repository.refresh()
    assert repository.versions("digits") == [1]


def test_what_is_unchanged_is_not_loaded_again(digits, tmp_path):
    repository = ModelRepository(tmp_path)
    before = repository.get("digits", 1)
    add_version(digits, 2)
    repository.refresh()
    assert repository.get("digits", 1) is before


def test_a_half_written_version_is_served_once_it_is_whole(digits, tmp_path):
    repository = ModelRepository(tmp_path)
    extra = add_version(digits, 2)
    whole = (extra / "digits.npz").read_bytes()
    (extra / "digits.npz").write_bytes(whole[:1000])
    repository.refresh()
    assert repository.versions("digits") == [1]
    (extra / "digits.npz").write_bytes(whole)
    repository.refresh()
    assert repository.versions("digits") == [1, 2]


def test_a_served_version_that_breaks_goes_on_as_it_was(digits, tmp_path):
    repository = ModelRepository(tmp_path)
    before = repository.get("digits", 1)
    break_file(digits)
    repository.refresh()
    assert repository.get("digits", 1) is before


def test_a_dropped_version_serves_those_who_hold_it(digits, tmp_path):
    repository = ModelRepository(tmp_path)
    held = repository.get("digits", 1)
    shutil.rmtree(tmp_path / "digits")
    repository.refresh()
    assert repository.names() == []
    assert held.classify(np.zeros((1, 8, 8), np.uint8))[1]


def test_watching_finds_a_new_version_by_itself(digits, tmp_path, monkeypatch):
    monkeypatch.setattr("server.repository.POLL_SECONDS", 0.05)
    repository = ModelRepository(tmp_path)
    repository.watch()
    add_version(digits, 2)
    deadline = time.monotonic() + 10
    while repository.versions("digits") == [1] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert repository.versions("digits") == [1, 2]


def test_a_file_that_no_engine_runs_is_left_out(digits, tmp_path, caplog):
    (digits / "digits.npz").rename(digits / "digits.pkl")
    edit_card(digits, files={"digits.pkl": sha256_of(digits / "digits.pkl")})
    assert ModelRepository(tmp_path).names() == []
    assert "no engine" in caplog.text
