"""What is wrong with a batch is found, by the check that is for it, and honest batches pass, drifted ones too."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.drift.troubles import troubled
from pipeline.gate.outsiders import inverted
from pipeline.loop import batches, steps, validation

SIZE = 500
SHIRT, TROUSER = 6, 1


def verdict(loop, images, labels, limits=None) -> dict:
    name = batches.ingest(loop.home, images, labels, "under test")
    return steps.validate(str(loop.home), name, loop.data, "1", limits or {})


def stopped_by(found: dict) -> set[str]:
    assert found["passed"] == (not any(finding["stops"] for finding in found["findings"]))
    return {finding["check"] for finding in found["findings"] if finding["stops"]}


@pytest.fixture
def honest(loop) -> tuple[np.ndarray, np.ndarray]:
    return loop.pixels[:SIZE], loop.labels[:SIZE]


def noisy(labels: np.ndarray, share: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 10, len(labels))
    return np.where(rng.random(len(labels)) < share, drawn, labels).astype(np.uint8)


def test_an_honest_batch_passes_without_a_word(loop, honest):
    assert verdict(loop, *honest) == {"passed": True, "findings": []}


@pytest.mark.parametrize("trouble", ["blur 2", "rotation 45"])
def test_an_honest_batch_of_a_changed_camera_passes_and_it_is_told(loop, honest, trouble):
    found = verdict(loop, troubled(honest[0], trouble), honest[1])
    assert stopped_by(found) == set()
    assert {"drift", "outsiders"} == {finding["check"] for finding in found["findings"]}


BAD_ARRAYS = {
    "shape": lambda images, labels: (images[..., None], labels),
    "type": lambda images, labels: (images / 255, labels),
    "range": lambda images, labels: ((images > 127).astype(np.uint8), labels),
    "size": lambda images, labels: (images[:20], labels[:20]),
    "labels": lambda images, labels: (images, np.where(np.arange(len(labels)) == 7, 10, labels).astype(np.uint8)),
    "balance": lambda images, labels: (images[labels != 3], labels[labels != 3]),
    "blank": lambda images, labels: (np.where((np.arange(len(labels)) < 3)[:, None, None], 9, images), labels),
}


@pytest.mark.parametrize("check", BAD_ARRAYS)
def test_a_batch_with_a_fault_is_stopped_by_the_check_for_it(loop, honest, check):
    assert stopped_by(verdict(loop, *BAD_ARRAYS[check](*honest))) == {check}


def test_as_many_labels_as_pictures_and_whole_numbers_are_asked_for(loop, honest):
    assert stopped_by(verdict(loop, honest[0], honest[1][:-1])) == {"shape"}
    assert stopped_by(verdict(loop, honest[0], honest[1].astype(float))) == {"type"}
    for images, labels in ((honest[0], np.array(3)), (np.array(3), honest[1]), (np.array(3), np.array(3))):
        assert stopped_by(verdict(loop, images, labels)) == {"shape"}


def test_pictures_that_are_there_already_are_counted(loop, honest):
    old, _ = batches.read(loop.home, loop.base)
    images = np.concatenate([honest[0], honest[0][:4], old[:5]])
    labels = np.concatenate([honest[1], honest[1][:9]])
    found = verdict(loop, images, labels)
    assert [(each["check"], each["count"]) for each in found["findings"]] == [("duplicates", 9)]
    assert verdict(loop, images, labels, {"duplicates": 0.05})["passed"]


def test_one_picture_of_the_test_data_is_one_too_many(loop, honest):
    tests, answers = batches.read(loop.home, loop.test)
    found = verdict(loop, np.concatenate([honest[0], tests[:1]]), np.concatenate([honest[1], answers[:1]]))
    assert [(each["check"], each["count"]) for each in found["findings"]] == [("leakage", 1)]


@pytest.mark.parametrize("trouble", [None, "blur 2"])
def test_three_wrong_labels_in_ten_are_seen_and_drift_does_not_hide_them(loop, honest, trouble):
    images = troubled(honest[0], trouble) if trouble else honest[0]
    assert "label noise" in stopped_by(verdict(loop, images, noisy(honest[1], 0.3)))


def test_labels_that_are_wrong_in_one_class_alone_are_seen_by_the_champion(loop, honest):
    images, labels = honest
    most = (labels == SHIRT) & (np.arange(len(labels)) % 3 != 0)
    found = verdict(loop, images, np.where(most, TROUSER, labels).astype(np.uint8))
    assert stopped_by(found) == {"champion"}
    assert any("the label Trouser" in each["message"] for each in found["findings"])


def test_without_a_champion_and_an_older_batch_the_rest_is_still_looked_at(loop, honest):
    name = batches.ingest(loop.home, *honest, "first")
    data = {"train": [], "test": [loop.test]}
    assert validation.validate(loop.home, name, data, None, {})["passed"]


def test_pictures_that_are_no_clothes_are_stopped(loop, honest):
    found = verdict(loop, inverted(honest[0]), honest[1])
    assert stopped_by(found) == {"outsiders"}


def test_an_unknown_limit_is_refused(loop, honest):
    with pytest.raises(ValueError, match="no limit blur; there is least_pictures"):
        verdict(loop, *honest, {"blur": 1})
