"""What is said of a model in use: estimates that hold what they promise, gaps that are none, maps and pages."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from markdown_it import MarkdownIt

from pipeline.assessment import labels, slices
from pipeline.assessment.occlusion import occlusion_map
from pipeline.assessment.page import STATED, model_page
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard

PICTURES, BUDGET, REPEATS = 4000, 200, 400
SAID = dict.fromkeys(STATED, "A sentence.")


@pytest.fixture(scope="module")
def traffic() -> tuple[np.ndarray, np.ndarray]:
    """Scores (n, 2) of a model that is sure of most pictures, and whether it was right: it is nearly as it thinks."""
    generator = np.random.default_rng(3)
    sure = 1 - 0.5 * generator.random(PICTURES) ** 3
    return np.stack([sure, 1 - sure], axis=1), generator.random(PICTURES) < sure - 0.01


def estimates(traffic, sample, estimate) -> list[labels.Estimate]:
    """The estimates of many repeats, each from labels that were bought once more."""
    scores, right = traffic
    generator = np.random.default_rng(11)
    return [estimate(right, sample(generator, scores)) for _ in range(REPEATS)]


def weighted(right: np.ndarray, chosen: tuple[np.ndarray, np.ndarray]) -> labels.Estimate:
    index, chance = chosen
    return labels.weighted_estimate(right[index], chance[index])


def by_chance(generator, scores):
    chance = labels.chances(scores, BUDGET)
    return labels.by_chance(generator, chance), chance


WAYS = {
    "at random": (
        lambda generator, scores: labels.at_random(generator, len(scores), BUDGET),
        lambda right, index: labels.plain_estimate(right[index]),
    ),
    "by chance, weighted": (by_chance, weighted),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_interval_holds_the_truth_as_often_as_it_says_and_is_right_on_average(traffic, way):
    found = estimates(traffic, *WAYS[way])
    truth = traffic[1].mean()
    assert np.mean([one.share for one in found]) == pytest.approx(truth, abs=0.003)
    assert 0.92 <= np.mean([one.low <= truth <= one.high for one in found]) <= 0.985


def test_labels_of_the_least_sure_and_of_users_who_complain_tell_a_worse_model_than_there_is(traffic):
    scores, right = traffic
    unsure = labels.plain_estimate(right[labels.least_sure(scores, BUDGET)])
    told = labels.corrections(np.random.default_rng(5), right, if_wrong=0.2, if_right=0.01)
    assert unsure.high < right.mean() - 0.2
    assert labels.plain_estimate(right[told]).high < right.mean() - 0.2


def test_the_least_sure_are_those_with_the_lowest_highest_score():
    scores = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [0.4, 0.6]])
    assert labels.least_sure(scores, 2).tolist() == [1, 3]


def test_a_weighted_label_stands_for_as_many_pictures_as_its_chance_says():
    found = labels.weighted_estimate(np.array([True, False, True]), np.array([0.1, 1.0, 0.5]))
    assert found.share == pytest.approx(12 / 13)
    assert found.labels == 3


def test_weights_make_the_interval_narrower_than_as_many_labels_at_random_do(traffic):
    widths = {
        way: np.mean([one.high - one.low for one in estimates(traffic, *functions)]) for way, functions in WAYS.items()
    }
    assert widths["by chance, weighted"] < 0.95 * widths["at random"]


def test_labels_of_almost_all_pictures_leave_little_open():
    right = np.arange(100) < 50
    almost, few = (labels.weighted_estimate(right, np.full(100, chance)) for chance in (0.99, 0.01))
    assert almost.high - almost.low < 0.2 * (few.high - few.low)


def test_three_right_labels_do_not_prove_a_perfect_model():
    for found in (
        labels.plain_estimate(np.ones(3, bool)),
        labels.weighted_estimate(np.ones(3, bool), np.full(3, 0.1)),
    ):
        assert (found.share, found.high) == (1.0, 1.0)
        assert found.low == pytest.approx(0.438, abs=0.001)  # Wilson's, for three of three


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(0.5, 1)), st.data())
def test_chances_add_up_to_the_budget_and_fall_as_the_model_gets_surer(sure, data):
    budget = data.draw(st.integers(1, len(sure)))
    chance = labels.chances(np.stack([sure, 1 - sure], axis=1), budget)
    assert chance.sum() == pytest.approx(budget)
    assert ((chance > 0) & (chance <= 1)).all()
    assert (np.diff(chance[np.argsort(sure)]) <= 1e-12).all()


@pytest.mark.parametrize("budget", [0, 11])
def test_labels_that_cannot_be_bought_are_refused(budget):
    scores = np.full((10, 2), 0.5)
    for buy in (
        lambda: labels.at_random(np.random.default_rng(0), 10, budget),
        lambda: labels.least_sure(scores, budget),
        lambda: labels.chances(scores, budget),
    ):
        with pytest.raises(ValueError, match="expected from 1 to 10"):
            buy()


def test_no_label_and_no_chance_are_refused():
    with pytest.raises(ValueError, match="no label"):
        labels.plain_estimate(np.array([], bool))
    for chance in (0.0, 1.5, np.nan):
        with pytest.raises(ValueError, match="chance"):
            labels.weighted_estimate(np.array([True]), np.array([chance]))


def test_attributes_are_those_of_the_object():
    picture = np.zeros((2, 4, 4), np.uint8)
    picture[0, :2] = 200
    picture[0, 3] = 10  # dim, and part of the background
    found = slices.attributes(picture)
    assert found["size"].tolist() == [0.5, 0]
    assert found["lightness"].tolist() == [200, 0]


def test_thirds_are_those_of_the_reference():
    assert slices.thirds(np.array([0, 1, 5, 9]), np.arange(10)).tolist() == ["low", "low", "middle", "high"]


def test_kinds_are_those_of_the_classes():
    assert slices.kinds_of(np.array([2, 0, 1]), ("Bag", "Sandal", "Shirt")).tolist() == ["tops", "others", "shoes"]


def test_a_gap_that_chance_gives_is_seldom_wider_than_it_says_and_a_real_one_is():
    generator = np.random.default_rng(2)
    groups = generator.choice(["a", "b", "c"], 1500)
    gaps = [
        (slices.widest_gap(right, groups), slices.gap_by_chance(generator, right, groups, repeats=100))
        for right in generator.random((60, 1500)) < 0.9
    ]
    assert np.mean([gap > limit for gap, limit in gaps]) < 0.15
    right = generator.random(1500) < np.where(groups == "a", 0.8, 0.9)
    assert slices.widest_gap(right, groups) > slices.gap_by_chance(generator, right, groups)


def test_what_is_only_another_mix_goes_when_the_mix_is_made_the_same():
    generator = np.random.default_rng(4)
    hard = generator.random(8000) < 0.5
    groups = np.where(generator.random(8000) < np.where(hard, 0.8, 0.2), "dark", "light")
    right = generator.random(8000) < np.where(hard, 0.7, 0.95)
    assert slices.widest_gap(right, groups) > 0.12
    same = slices.standardized(right, groups, hard)
    assert same["dark"].share == pytest.approx(same["light"].share, abs=0.03)
    assert same["dark"].low < right.mean() < same["dark"].high


def test_a_mix_that_is_the_same_already_changes_neither_accuracy_nor_interval():
    groups, mix = np.repeat(["a", "b"], 200), np.tile([0, 1], 200)
    right = np.arange(400) % 4 < 2
    one, other = slices.standardized(right, groups, mix)["a"], slices.accuracies(right, groups)["a"]
    assert (one.share, one.low, one.high) == pytest.approx((other.share, other.low, other.high))


def test_classes_that_a_group_hardly_has_are_left_out_and_none_left_is_refused():
    groups = np.repeat(["a", "b"], 100)
    mix = np.concatenate([np.repeat([0, 1], [60, 40]), np.repeat([0, 1], [95, 5])])
    right = mix == 0
    assert {one.share for one in slices.standardized(right, groups, mix).values()} == {1.0}
    with pytest.raises(ValueError, match="cannot be compared"):
        slices.standardized(right, groups, np.where(groups == "a", 0, 1))


def corner_model(pictures: np.ndarray) -> np.ndarray:
    """Sure of class 1 by the light in the upper left corner, 4 x 4 pixels, alone."""
    light = pictures[:, :4, :4].mean(axis=(1, 2)) / 255
    return np.stack([1 - light, light], axis=1)


@pytest.mark.parametrize("side", [1, 4, 28])
def test_the_map_shows_the_only_place_that_a_model_looks_at(side):
    white = np.full((28, 28), 255, np.uint8)
    found = occlusion_map(corner_model, white, side)
    assert found.shape == (28, 28)
    assert np.unravel_index(found.argmax(), found.shape) == (0, 0)
    assert found[0, 0] == pytest.approx(min(side, 4) ** 2 / 16)
    assert np.abs(found[4 + side :]).max(initial=0) == 0
    assert white.min() == 255, "the picture itself is left alone"


def test_a_square_of_the_same_color_changes_nothing():
    assert not occlusion_map(corner_model, np.full((28, 28), 90, np.uint8), fill=90).any()


@pytest.mark.parametrize("side", [0, 29])
def test_a_square_that_does_not_fit_is_refused(side):
    with pytest.raises(ValueError, match="does not fit"):
        occlusion_map(corner_model, np.zeros((28, 28), np.uint8), side)


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return ModelCard.read(PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER / CARD_FILE)


def rows_of(page: str) -> list[list[str]]:
    """The cells of each row of each table, as a Markdown reader sees them."""
    rows: list[list[str]] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    for before, token in pairwise(tokens):
        if before.type == "tr_open":
            rows.append([])
        if before.type in ("td_open", "th_open"):
            rows[-1].append("".join(child.content for child in token.children))
    return rows


def test_a_page_has_the_cards_numbers_the_slices_worst_first_and_what_was_stated(card):
    parts = {"dark": labels.plain_estimate(np.arange(10) < 9), "light": labels.plain_estimate(np.arange(10) < 5)}
    page = model_page(card, {**SAID, "Caveats": "Not for shoes."}, {"lightness": parts})
    rows = rows_of(page)
    assert ["accuracy", "0.8921"] in rows
    assert ["parameters", "44,426"] in rows
    assert [row[0] for row in rows[-2:]] == ["light", "dark"]
    assert rows[-1][1:3] == ["10", "0.900"]
    assert "## Caveats\n\nNot for shoes." in page
    headings = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    assert {*STATED, "Accuracy by lightness"} < {*headings}


@pytest.mark.parametrize("heading", STATED)
def test_a_page_on_which_something_is_left_unsaid_is_not_made(card, heading):
    with pytest.raises(ValueError, match=heading):
        model_page(card, {**SAID, heading: " "}, {})


def test_a_slice_is_shown_by_the_name_that_it_has(card):
    name = r"<b>a\|b & c</b>"
    page = model_page(card, SAID, {"name": {name: labels.plain_estimate(np.ones(4, bool))}})
    assert rows_of(page)[-1][0] == name


@given(st.text())
def test_whatever_a_slice_is_called_it_stays_in_its_cell(card, name):
    page = model_page(card, SAID, {"name": {name: labels.plain_estimate(np.ones(4, bool))}})
    assert [len(row) for row in rows_of(page)][-2:] == [4, 4]
    assert rows_of(page)[-1][1:3] == ["4", "1.000"]
