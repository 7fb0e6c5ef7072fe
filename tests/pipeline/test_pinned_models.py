"""The pinned models are what their cards say, measured again."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from pipeline import digits, train
from pipeline.evaluate import evaluate
from pipeline.export import write_version
from server.model_card import CARD_FILE, ModelCard
from server.repository import EXTRA_FOLDER, PINNED_MODELS, ModelRepository, load_servable


@pytest.fixture(scope="module")
def pinned() -> ModelRepository:
    return ModelRepository(PINNED_MODELS)


def test_the_clothes_model_is_as_good_as_its_card_says(pinned, test_set):
    servable = pinned.get("clothes", 1)
    measured = evaluate(servable.engine.predict(test_set[0]), test_set[1]).summary()
    assert measured == pytest.approx(servable.card.metrics, abs=0.002)
    assert measured["accuracy"] >= 0.88


def test_the_digits_model_is_as_good_as_its_card_says(pinned):
    servable = pinned.get("digits", 1)
    _, (images, labels) = digits.load_split(train.SEED)
    assert evaluate(servable.engine.predict(images), labels).summary() == pytest.approx(
        servable.card.metrics, abs=0.002
    )


def test_number_of_parameters_is_counted_from_the_model(pinned):
    import keras
    import skops.io

    extra = PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER
    clothes = keras.models.load_model(extra / "clothes.keras", compile=False)
    assert pinned.get("clothes", 1).card.number_of_parameters == clothes.count_params() == 44426
    model = skops.io.load(PINNED_MODELS / "digits" / "1" / EXTRA_FOLDER / "digits.skops")
    assert pinned.get("digits", 1).card.number_of_parameters == digits.count_parameters(model) == 650


def test_one_command_makes_them_again(data, tmp_path):
    command = [sys.executable, "-m", "pipeline", "--models", str(tmp_path), "--epochs", "1"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    made = ModelRepository(tmp_path)
    assert made.get("clothes", 1).card.training["epochs"] == 1
    np.testing.assert_allclose(made.get("digits", 1).card.metrics["accuracy"], 0.95, atol=0.02)


def test_a_stopped_export_leaves_the_old_version_whole(tmp_path):
    card = ModelCard.read(PINNED_MODELS / "digits" / "1" / EXTRA_FOLDER / CARD_FILE)
    source = PINNED_MODELS / "digits" / "1" / EXTRA_FOLDER / "digits.skops"
    folder = write_version(tmp_path, card, "digits.skops", lambda path: path.write_bytes(source.read_bytes()))

    def stop(path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_version(tmp_path, card, "digits.skops", stop)
    assert load_servable(folder).card == ModelCard.read(folder / EXTRA_FOLDER / CARD_FILE)
    assert [path.name for path in folder.parent.iterdir()] == ["1"]
