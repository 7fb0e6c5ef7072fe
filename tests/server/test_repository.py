"""What a model repository takes, and what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from server.model_card import CARD_FILE
from server.repository import EXTRA_FOLDER, PINNED_MODELS, ModelRepository, NotServed


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
    with (extra / "digits.skops").open("ab") as file:
        file.write(b"!")


FAULTS = {
    "an altered model file": (break_file, "is not the file"),
    "a missing model file": (lambda extra: (extra / "digits.skops").unlink(), "is missing"),
    "a card that is no JSON": (lambda extra: (extra / CARD_FILE).write_text("{"), "no model card"),
    "a card without its fields": (lambda extra: (extra / CARD_FILE).write_text("{}"), "no model card"),
    "a card of another model": (lambda extra: edit_card(extra, name="hats"), "the card of hats version 1"),
    "a card of another version": (lambda extra: edit_card(extra, version=3), "the card of digits version 3"),
    "no card at all": (lambda extra: (extra / CARD_FILE).unlink(), "no model in"),
}


@pytest.mark.parametrize(("fault", "reason"), FAULTS.values(), ids=FAULTS.keys())
def test_a_repository_that_is_wrong_is_refused_at_start(digits, tmp_path, fault, reason):
    fault(digits)
    with pytest.raises(ValueError, match=reason):
        ModelRepository(tmp_path)


def test_a_file_that_no_engine_runs_is_refused(digits, tmp_path):
    (digits / "digits.skops").rename(digits / "digits.pkl")
    edit_card(digits, files={})
    with pytest.raises(ValueError, match=r"no engine.*\.keras, \.skops"):
        ModelRepository(tmp_path)
