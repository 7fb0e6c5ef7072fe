"""The gate tells clothes from kinds of pictures that it has never seen, and its card says how well."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import train
from pipeline.gate import network as gate
from pipeline.gate import outsiders
from server.model_card import PINNED_MODELS
from server.repository import Servable, load_servable

LEAST = {"melons": 0.9, "photographs": 0.97, "inverted digits": 0.99}


@pytest.fixture(scope="module")
def pinned() -> Servable:
    return load_servable(PINNED_MODELS / "clothing" / "1")


def labels_of(servable: Servable):
    return lambda images: servable.engine.predict(images).argmax(axis=1)


def test_the_pinned_gate_is_as_good_as_its_card_says_on_kinds_that_it_has_never_seen(pinned, test_set):
    figures = gate.measure(pinned.engine.predict, test_set[0], gate.unseen(train.SEED))
    assert figures.as_metrics() == pytest.approx(pinned.card.metrics, abs=0.005)
    assert figures.refused <= 0.03
    assert all(figures.caught[kind] >= least for kind, least in LEAST.items())


def test_it_holds_for_other_melons_than_those_of_the_card(pinned):
    melons = outsiders.melons(2000, np.random.default_rng(1))
    assert np.mean(labels_of(pinned)(melons) != gate.CLOTHING) >= LEAST["melons"]


def test_a_poorer_camera_does_not_turn_clothes_into_something_else(pinned, test_set):
    clothes = test_set[0][:2000]
    noisy = clothes + np.random.default_rng(2).normal(0, 20, clothes.shape)
    for worn in (clothes * 0.5, clothes * 1.3, noisy):
        assert np.mean(labels_of(pinned)(worn.clip(0, 255).astype(np.uint8)) != gate.CLOTHING) <= 0.08


def test_the_card_says_what_it_learned_from_and_on_what_it_was_tested(pinned):
    card = pinned.card
    assert (card.classes, card.number_of_parameters) == (gate.CLASSES, 19778)
    learned, tested = card.dataset["outsiders_learned_from"], card.dataset["outsiders_tested_on"]
    assert not set(learned.split(", ")) & set(tested.split(", "))


def test_a_gate_is_trained_again_with_the_threshold_in_it(data, test_set):
    from keras.datasets import fashion_mnist

    clothes = fashion_mnist.load_data()[0][0]
    model = gate.train_gate(clothes, seed=3, number=3000)
    assert model.count_params() == 19778
    card = gate.gate_card(model, test_set[0][:2000], {"seed": 3, "clothes": 3000})
    assert card.metrics["clothes_refused"] <= 0.05
    assert card.metrics["photographs_caught"] >= 0.9


@pytest.mark.parametrize("refused", [0.1, 0.4])
def test_the_threshold_refuses_the_part_that_was_asked_for(test_set, refused):
    clothes = test_set[0][:1000]
    model = gate.build_gate()
    gate.calibrate(model, clothes, refused)
    labels = gate.scores_of(model, clothes).argmax(axis=1)
    assert np.mean(labels != gate.CLOTHING) == pytest.approx(refused, abs=0.01)


@pytest.mark.parametrize("kind", [*outsiders.DRAWN, outsiders.melons, outsiders.photographs])
def test_the_same_seed_draws_the_same_pictures_and_another_seed_others(kind):
    one, again, other = (kind(20, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert (one.dtype, one.shape) == (np.uint8, (20, 28, 28))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_shuffled_clothes_have_the_pixels_of_clothes_in_other_places(test_set):
    mixed = outsiders.shuffled(1, np.random.default_rng(0), test_set[0][:1])
    np.testing.assert_array_equal(np.sort(mixed.ravel()), np.sort(test_set[0][0].ravel()))
    assert not np.array_equal(mixed[0], test_set[0][0])
