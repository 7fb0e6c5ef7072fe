"""The pinned models are what their cards say, measured again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline import digits, train
from pipeline.evaluate import evaluate
from pipeline.export import write_version
from server.engines import KerasEngine, LiteRTEngine
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from server.repository import ModelRepository, load_servable

PINNED = ("clothes/1", "clothes/2", "clothing/1", "digits/1")


@pytest.fixture(scope="module")
def pinned() -> ModelRepository:
    return ModelRepository(PINNED_MODELS)


@pytest.mark.parametrize(("version", "least"), [(1, 0.88), (2, 0.905)])
def test_a_clothes_model_is_as_good_as_its_card_says(pinned, test_set, version, least):
    servable = pinned.get("clothes", version)
    measured = evaluate(servable.engine.predict(test_set[0]), test_set[1]).summary()
    assert measured == pytest.approx(servable.card.metrics, abs=0.002)
    assert measured["accuracy"] >= least


@pytest.mark.parametrize("version", [1, 2])
def test_litert_gives_what_keras_gives_on_every_test_image(pinned, test_set, version):
    servable = pinned.get("clothes", version)
    assert isinstance(servable.engine, LiteRTEngine)
    keras_engine = KerasEngine(PINNED_MODELS / "clothes" / str(version) / EXTRA_FOLDER / "clothes.keras", servable.card)
    ours, theirs = servable.engine.predict(test_set[0]), keras_engine.predict(test_set[0])
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    np.testing.assert_array_equal(ours.argmax(axis=1), theirs.argmax(axis=1))


def test_the_digits_model_is_as_good_as_its_card_says(pinned):
    servable = pinned.get("digits", 1)
    _, (images, labels) = digits.load_split(train.SEED)
    assert evaluate(servable.engine.predict(images), labels).summary() == pytest.approx(
        servable.card.metrics, abs=0.002
    )


def test_number_of_parameters_is_counted_from_the_model(pinned):
    import keras
    import skops.io

    for version, expected in [(1, 44426), (2, 42426)]:
        extra = PINNED_MODELS / "clothes" / str(version) / EXTRA_FOLDER
        clothes = keras.models.load_model(extra / "clothes.keras", compile=False)
        assert pinned.get("clothes", version).card.number_of_parameters == clothes.count_params() == expected
    model = skops.io.load(PINNED_MODELS / "digits" / "1" / EXTRA_FOLDER / "digits.skops")
    assert pinned.get("digits", 1).card.number_of_parameters == digits.count_parameters(model) == 650


# ``python -m pipeline``, with a tenth of the clothes to learn from.
PIPELINE = """
import typer
import pipeline.__main__ as command
whole = command._training_set
command._training_set = lambda: tuple(part[:6000] for part in whole())
typer.run(command.main)
"""


@pytest.mark.weekly
def test_one_command_makes_them_again(data, tmp_path):
    command = [sys.executable, "-c", PIPELINE, "--models", str(tmp_path), "--epochs", "1"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    made = ModelRepository(tmp_path)
    assert made.versions("clothes") == [1, 2]
    assert made.get("clothes", 1).card.training["epochs"] == 1
    for version in PINNED:
        ours, theirs = (_files_of(root / version) for root in (tmp_path, PINNED_MODELS))
        assert ours == theirs
    np.testing.assert_allclose(made.get("digits", 1).card.metrics["accuracy"], 0.95, atol=0.02)


def _files_of(version: Path) -> set[str]:
    return {path.relative_to(version).as_posix() for path in version.rglob("*") if path.is_file()}


@pytest.mark.parametrize("version", PINNED)
def test_the_card_vouches_for_every_file_of_the_version(version):
    extra = PINNED_MODELS / version / EXTRA_FOLDER
    card = ModelCard.read(extra / CARD_FILE)
    named = {(extra / name).resolve() for name in card.files}
    there = {path.resolve() for path in extra.parent.rglob("*") if path.is_file()}
    assert named == there - {(extra / CARD_FILE).resolve()}
    card.check_files(extra)


def test_an_altered_saved_model_is_not_served(tmp_path):
    folder = shutil.copytree(PINNED_MODELS / "clothes" / "1", tmp_path / "clothes" / "1")
    with (folder / "saved_model.pb").open("ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match=r"saved_model\.pb is not the file that the model card describes"):
        load_servable(folder)


def test_a_stopped_export_leaves_the_old_version_whole(tmp_path):
    card = ModelCard.read(PINNED_MODELS / "digits" / "1" / EXTRA_FOLDER / CARD_FILE)
    source = PINNED_MODELS / "digits" / "1" / EXTRA_FOLDER / "digits.npz"
    folder = write_version(tmp_path, card, lambda folder: shutil.copy(source, folder / EXTRA_FOLDER))

    def stop(unfinished):
        (unfinished / EXTRA_FOLDER / "digits.npz").write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_version(tmp_path, card, stop)
    assert load_servable(folder).card == ModelCard.read(folder / EXTRA_FOLDER / CARD_FILE)
    assert [path.name for path in folder.parent.iterdir()] == ["1"]
