"""The tests of a model tell a model that is better on average from one that may go out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline import model_tests
from pipeline.model_tests import Requirement, judge, lowest, negative_flips, shifted
from server.model_card import PINNED_MODELS
from server.repository import ModelRepository

SHIRT, BOOT = 6, 9


@pytest.fixture(scope="module")
def predict():
    """The two pinned versions of clothes, by their numbers: pixels to scores."""
    repository = ModelRepository(PINNED_MODELS)
    return {version: repository.get("clothes", version).engine.predict for version in (1, 2)}


def bright_corner(pixels: np.ndarray) -> np.ndarray:
    """A model of two classes: its score for class 1 is how bright the pixel in the corner is."""
    one = pixels[:, 0, 0] / 255
    return np.stack([1 - one, one], axis=1)


CORNERS = np.zeros((4, 2, 2), np.uint8)
CORNERS[:, 0, 0] = [0, 100, 200, 255]
LABELS = np.array([0, 1, 1, 1])


def dimmed(pixels):
    return pixels // 2


def test_a_class_that_changes_counts_whether_it_was_right_or_wrong():
    assert model_tests.unchanged(bright_corner, CORNERS, dimmed) == 0.5
    assert model_tests.unchanged(bright_corner, CORNERS, np.invert) == 0


def test_a_score_that_stays_has_not_fallen():
    assert model_tests.lowered(bright_corner, CORNERS, dimmed, label=1) == 0.75
    assert model_tests.lowered(bright_corner, CORNERS, dimmed, label=0) == 0


def test_the_lowest_slice_is_named():
    slices = {"all": np.array([True] * 4), "gray": np.array([False, True, True, False])}
    assert model_tests.accuracy(bright_corner, CORNERS, LABELS) == 0.75
    assert lowest(bright_corner, CORNERS, LABELS, slices) == ("gray", 0.5)


def test_only_what_was_right_and_is_wrong_is_a_negative_flip():
    old, new = np.eye(2)[[0, 1, 0, 1]], np.eye(2)[[1, 1, 1, 0]]
    assert negative_flips(old, new, LABELS) == 0.5


def test_a_failing_requirement_keeps_no_other_from_being_measured():
    half = [Requirement(name, lambda _: 0.5, least) for name, least in (("a", 0.6), ("b", 0.5))]
    assert [(each.name, each.passed) for each in judge(bright_corner, half)] == [("a", False), ("b", True)]


@pytest.mark.parametrize(
    "share",
    [
        lambda none: model_tests.unchanged(bright_corner, none, dimmed),
        lambda none: model_tests.lowered(bright_corner, none, dimmed, 0),
        lambda none: model_tests.accuracy(bright_corner, none, LABELS[:0]),
        lambda none: lowest(bright_corner, CORNERS, LABELS, {"none": LABELS > 1}),
        lambda none: lowest(bright_corner, CORNERS, LABELS, {}),
        lambda none: negative_flips(np.zeros((0, 2)), np.zeros((0, 2)), LABELS[:0]),
    ],
)
def test_no_share_is_taken_of_nothing(share):
    with pytest.raises(ValueError, match=r"nothing to take|no picture"):
        share(CORNERS[:0])


@pytest.mark.parametrize("move", [{"down": 2}, {"down": -2}, {"right": 2}, {"right": -2}])
def test_a_shift_out_of_the_picture_is_refused(move):
    with pytest.raises(ValueError, match="leaves nothing of 2 by 2 pixels"):
        shifted(CORNERS, **move)


@given(arrays(np.uint8, (2, 5, 4)), st.integers(-4, 4), st.integers(-3, 3))
def test_a_shift_moves_each_pixel_and_wraps_none_around(pixels, down, right):
    moved = shifted(pixels, down, right)
    assert moved.shape == pixels.shape and moved.dtype == np.uint8
    for row, column in np.ndindex(5, 4):
        from_inside = 0 <= row - down < 5 and 0 <= column - right < 4
        expected = pixels[:, row - down, column - right] if from_inside else [0, 0]
        np.testing.assert_array_equal(moved[:, row, column], expected)


def test_the_second_version_is_better_on_average_and_worse_on_shirts(predict, test_set):
    pixels, labels = test_set
    by_class = {"shirts": labels == SHIRT, "boots": labels == BOOT}
    average = {version: model_tests.accuracy(predict[version], pixels, labels) for version in (1, 2)}
    worst = {version: lowest(predict[version], pixels, labels, by_class) for version in (1, 2)}
    assert average[2] > average[1] + 0.02
    assert worst[1] == ("shirts", pytest.approx(0.794, abs=0.01))
    assert worst[2] == ("shirts", pytest.approx(0.724, abs=0.01))
    scores = [predict[version](pixels) for version in (1, 2)]
    assert negative_flips(*scores, labels) == pytest.approx(0.03, abs=0.005)


def test_the_second_version_bears_shifts_and_the_first_bears_fog(predict, test_set):
    pixels = test_set[0][:2000]
    fog, right = (lambda p: np.clip(p, 0, 215) + 40), (lambda p: shifted(p, right=2))
    for change, tougher, other in ((fog, 1, 2), (right, 2, 1)):
        assert model_tests.unchanged(predict[tougher], pixels, change) > 0.1 + model_tests.unchanged(
            predict[other], pixels, change
        )


def test_a_boot_without_its_shaft_is_less_of_a_boot(predict, test_set):
    boots = test_set[0][test_set[1] == BOOT]

    def without_shaft(pixels):
        return np.where(np.arange(28)[:, None] < 12, 0, pixels).astype(np.uint8)

    for version in (1, 2):
        assert model_tests.lowered(predict[version], boots, without_shaft, BOOT) > 0.97
