"""A model that does not fit its card is refused: at its export, and where it is loaded."""

from __future__ import annotations

import numpy as np
import pytest

from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from server.repository import ModelRepository
from server.scores import check_scores, trial_pixels

CARD = ModelCard.read(PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER / CARD_FILE)
EVEN = np.full((3, 10), 0.1, np.float32)
BAD = {
    "two classes more": (np.full((3, 12), 1 / 12), "gives (12,) numbers for an image; its card has 10 classes"),
    "a picture": (np.zeros((3, 28, 28, 1)), "gives (28, 28, 1) numbers"),
    "logits": (np.linspace(-1.17, 4, 30).reshape(3, 10), "end the model in a softmax"),
    "ten sigmoids": (np.full((3, 10), 0.5), "add up to 5.00; expected probabilities: end the model in a softmax"),
    "shares that are below nothing": (np.tile([1.5, -0.5, *[0] * 8], (3, 1)), "go from -0.50 to 1.50"),
    "percent": (100 * EVEN, "add up to 100.00"),
    "NaN": (np.full((3, 10), np.nan), "NaN or infinite"),
}


@pytest.mark.parametrize(("scores", "says"), BAD.values(), ids=BAD.keys())
def test_what_is_no_probability_of_each_class_is_refused(scores, says):
    with pytest.raises(ValueError, match="model") as error:
        check_scores(scores, CARD)
    assert says in str(error.value)


def test_probabilities_pass_and_those_of_a_quantized_model_too():
    check_scores(EVEN, CARD)
    check_scores(np.round(EVEN * 256) / 256, CARD)


def test_a_model_is_tried_on_all_the_range_of_its_input():
    pixels = trial_pixels(CARD.input)
    assert (pixels.shape, pixels.dtype) == ((3, 28, 28), np.uint8)
    assert (pixels[0].max(), pixels[1].min()) == (0, 255)


def test_a_model_without_softmax_is_neither_exported_nor_served(tmp_path, caplog):
    import keras

    from pipeline.export import export_keras, write_version

    last = keras.layers.Dense(10, bias_initializer="ones")
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), last])
    with pytest.raises(ValueError, match="end the model in a softmax"):
        export_keras(model, CARD, tmp_path / "exported")
    assert not list((tmp_path / "exported").rglob("*")), "nothing of it is left"
    write_version(tmp_path / "served", CARD, lambda folder: model.save(folder / EXTRA_FOLDER / "clothes.keras"))
    assert ModelRepository(tmp_path / "served").names() == []
    assert "end the model in a softmax" in caplog.text
