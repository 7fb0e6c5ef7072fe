"""The scripts for the browser are those of the pinned model, and what a page cannot run is refused."""

from __future__ import annotations

import base64
import json

import keras
import numpy as np
import pytest
import typer

from pipeline.browser.__main__ import main
from pipeline.browser.graph import to_graph_model
from pipeline.browser.scripts import model_script, samples_script
from tests.conftest import ROOT

PAGES = ROOT / "docs" / "browser"
PINNED = ROOT / "server" / "models" / "clothes" / "1"


def test_the_stored_model_is_the_pinned_one():
    made = model_script(PINNED)
    assert (PAGES / "model.js").read_text(encoding="utf-8") == made
    model = json.loads(made.partition("= ")[2].removesuffix(";\n"))
    numbers = np.frombuffer(base64.b64decode(model["weightData"]), "<f4")
    pinned = keras.models.load_model(PINNED / "assets.extra" / "clothes.keras")
    assert numbers.size == pinned.count_params() + 2  # and the shape of the flattened pictures: two whole numbers
    assert pinned.layers[-1].bias.numpy().tolist() == numbers[-10:].tolist()


def test_the_stored_pictures_are_the_first_of_the_test_set(test_set):
    pixels, labels = test_set
    assert (PAGES / "samples.js").read_text(encoding="utf-8") == samples_script(pixels[:200], labels[:200])


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (keras.layers.MaxPooling2D(name="largest"), "largest is a MaxPooling2D; the page can run Conv2D, "),
        (keras.layers.Conv2D(2, 3, activation="gelu", name="bent"), "bent ends in gelu; the page can run relu, "),
    ],
    ids=["layer", "activation"],
)
def test_what_the_page_cannot_run_is_refused_by_its_name(layer, reason):
    model = keras.Sequential([keras.layers.Input((28, 28, 1)), layer])
    with pytest.raises(ValueError, match=reason):
        to_graph_model(model)


def test_channels_that_come_first_are_refused():
    pooling = keras.layers.AveragePooling2D(2, data_format="channels_first", name="first")
    model = keras.Sequential([keras.layers.Input((1, 28, 28)), pooling])
    with pytest.raises(ValueError, match="first has its channels first; the page can run channels_last"):
        to_graph_model(model)


def test_a_folder_without_a_model_is_told_and_a_new_folder_is_made(tmp_path, data):
    with pytest.raises(typer.BadParameter, match=r"is not a model card(?s:.*)Name a version of a model"):
        main(model=tmp_path, out=tmp_path)
    main(model=PINNED, out=tmp_path / "work" / "page")
    assert (tmp_path / "work" / "page" / "model.js").read_text(encoding="utf-8") == model_script(PINNED)
