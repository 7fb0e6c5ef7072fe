"""Models made small: the converter's kinds, integers and bytes, a network in NumPy, a budget, and what a page does."""

from __future__ import annotations

import base64
import subprocess
import sys

import numpy as np
import pytest

from pipeline import dataset
from pipeline.quantization import budget, device, integers, network, page
from pipeline.quantization.convert import FLOAT32, INT8, UINT8, convert, convert_scaled, from_each_class
from pipeline.quantization.lite_model import LiteModel
from server.model_card import EXTRA_FOLDER, PINNED_MODELS
from server.preprocessing import to_model_input

FOLDER = PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER
COUNT = 500


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return dataset.read_test_set()[0][:COUNT]


@pytest.fixture(scope="module")
def weights() -> network.Weights:
    return network.read_weights(FOLDER / "clothes.tflite")


@pytest.fixture(scope="module")
def keras_model():
    import keras

    return keras.models.load_model(FOLDER / "clothes.keras")


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    images, labels = dataset.read_training_set()
    return images[from_each_class(labels, 100, seed=12)]


@pytest.fixture(scope="module")
def files(keras_model, samples) -> dict[str, bytes]:
    return convert(keras_model, samples)


def labels_of(content: bytes, pictures: np.ndarray) -> np.ndarray:
    return LiteModel(content).scores(pictures).argmax(axis=1)


def test_each_kind_is_smaller_and_agrees_with_keras_as_far_as_it_should(files, keras_model, pictures):
    said = np.asarray(keras_model(to_model_input(pictures), training=False)).argmax(axis=1)
    whole = len(files[FLOAT32])
    for kind, largest, least in (
        ("float32", 1.01, 1.0),
        ("float16", 0.55, 0.998),
        ("dynamic range", 0.33, 0.985),
        ("int8", 0.33, 0.97),
        ("uint8", 0.33, 0.97),
    ):
        assert len(files[kind]) <= largest * whole, kind
        assert (labels_of(files[kind], pictures) == said).mean() >= least, kind


def test_pixels_go_into_a_uint8_file_as_they_are(files, pictures):
    model = LiteModel(files[UINT8])
    kind, scale, zero = model.takes
    assert (kind, zero) == ("uint8", 0) and scale == pytest.approx(1 / 255)
    assert np.array_equal(model._numbers(pictures)[..., 0], pictures)
    assert LiteModel(files[FLOAT32]).takes == ("float32", 0.0, 0)


def test_samples_that_are_not_scaled_ruin_the_file_and_nothing_is_said(keras_model, samples, files, pictures):
    ruined = convert_scaled(keras_model, 255 * to_model_input(samples), [INT8])[INT8]
    said = labels_of(files[FLOAT32], pictures)
    assert (labels_of(ruined, pictures) == said).mean() < 0.8 < (labels_of(files[INT8], pictures) == said).mean()


def test_what_cannot_be_converted_is_refused_before_anything_is_done():
    nothing = np.zeros((0, 28, 28), np.uint8)
    with pytest.raises(ValueError, match="there is no kind 'int3'; expected one of float32, "):
        convert(None, nothing, ["int3"])
    with pytest.raises(ValueError, match="one or more"):
        convert(None, nothing, [INT8])


def test_representative_pictures_are_drawn_evenly_and_the_same_each_time():
    labels = np.random.default_rng(0).integers(0, 10, 2000)
    rows = from_each_class(labels, 25, seed=1)
    assert sorted(np.bincount(labels[rows])) == [2] * 5 + [3] * 5
    assert len(set(rows.tolist())) == 25
    assert np.array_equal(rows, from_each_class(labels, 25, seed=1))
    assert not np.array_equal(rows, from_each_class(labels, 25, seed=2))


def test_what_a_file_costs_is_measured_in_a_process_of_one_core(tmp_path):
    cost = device.measure(FOLDER / "clothes.tflite", calls=50)
    assert 1 < cost.microseconds < 100_000 and 0 < cost.added_megabytes < cost.megabytes < device.MEGABYTES
    (tmp_path / "text.tflite").write_bytes(b"no model")
    with pytest.raises(RuntimeError, match=r"^text\.tflite was not measured: \S"):
        device.measure(tmp_path / "text.tflite", calls=1)


def test_on_linux_a_process_gets_one_core_and_cannot_take_more_memory(monkeypatch):
    program = "import os; print(len(os.sched_getaffinity(0))); bytearray(700 * 2**20)"
    if sys.platform == "linux":
        command = [*device.fetters(), sys.executable, "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.stdout, "MemoryError" in done.stderr) == ("1\n", True)
    monkeypatch.setenv("PATH", "")
    assert device.fetters() == []


def test_the_network_in_numpy_answers_as_the_file_does(weights, pictures):
    scores = network.scores(weights, pictures)
    lite = LiteModel((FOLDER / "clothes.tflite").read_bytes()).scores(pictures)
    assert np.abs(scores - lite).max() < 1e-5
    assert sum(one.size for one in weights.values()) == 44_426


def test_weights_of_another_file_are_refused(files, tmp_path):
    (tmp_path / "small.tflite").write_bytes(files[INT8])
    with pytest.raises(ValueError, match=r"small\.tflite does not hold the float32 weights"):
        network.read_weights(tmp_path / "small.tflite")


def test_fewer_bits_change_more_answers(weights, pictures):
    said = network.scores(weights, pictures).argmax(axis=1)
    squeezed = {bits: budget.squeezed(weights, dict.fromkeys(network.LAYERS, bits)) for bits in (8, 4, 3)}
    agree = {bits: (network.scores(some, pictures).argmax(axis=1) == said).mean() for bits, some in squeezed.items()}
    assert agree[8] > 0.99 > agree[4] > 0.92 > agree[3]


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_a_quantized_weight_is_at_most_half_a_scale_away(bits):
    drawn = np.random.default_rng(bits).normal(size=(6, 3, 4)).astype(np.float32)
    drawn[2] = 0
    found, scales = integers.quantize(drawn, bits)
    assert found.dtype == np.int8 and scales.dtype == np.float32 and scales[2] == 1
    assert np.abs(found).reshape(6, -1).max(axis=1).tolist() == [
        2 ** (bits - 1) - 1 if row != 2 else 0 for row in range(6)
    ]
    assert (np.abs(integers.restore(found, scales) - drawn) <= 0.501 * scales[:, None, None]).all()


@pytest.mark.parametrize("shape", [(0,), (1,), (4, 3), (3, 3, 3)])
def test_integers_come_out_of_half_their_bytes(shape):
    drawn = np.random.default_rng(1).integers(-8, 8, shape).astype(np.int8)
    packed = integers.pack(drawn)
    assert len(packed) == -(-drawn.size // 2)
    assert np.array_equal(integers.unpack(packed, shape), drawn)
    assert integers.pack(np.array([1, -1, 7], np.int8)) == b"\xf1\x07"
    with pytest.raises(ValueError, match="go from -9 to 3; expected -8 to 7"):
        integers.pack(np.array([-9, 3], np.int8))


def test_a_budget_goes_where_it_saves_most_harm():
    sizes = {"small": 10, "large": 100}
    harm = {"small": {8: 0.0, 4: 0.3}, "large": {8: 0.0, 4: 0.2}}
    for limit, bits in ((110, (8, 8)), (109, (8, 4)), (60, (8, 4)), (59, (4, 4)), (55, (4, 4))):
        assert budget.choose_bits(sizes, harm, limit) == dict(zip(sizes, bits, strict=True)), limit
    with pytest.raises(ValueError, match="nothing fits into 54 bytes; the smallest takes 55"):
        budget.choose_bits(sizes, harm, 54)


def test_harm_is_the_share_of_answers_that_change(weights, pictures):
    harm = budget.measure_harm(weights, pictures[:100], (8, 3))
    assert harm.keys() == {*network.LAYERS}
    assert all(0 <= by_bits[8] < 0.05 and by_bits[8] <= by_bits[3] for by_bits in harm.values())
    assert sum(by_bits[3] for by_bits in harm.values()) > 0.03


def drawn(levels: np.ndarray, ink: int, paper: int | None) -> np.ndarray:
    """A canvas of 140 by 140; without paper it is transparent, and the ink is as opaque as the levels say."""
    large = np.kron(levels, np.ones((5, 5), np.uint8)).astype(float) / 255
    if paper is None:
        return np.dstack([np.full_like(large, ink)] * 3 + [large * 255]).round().astype(np.uint8)
    gray = paper + (ink - paper) * large
    return np.dstack([gray] * 3 + [np.full_like(large, 255)]).round().astype(np.uint8)


def test_a_real_picture_is_the_same_from_every_kind_of_paper_and_every_corner(pictures):
    narrow = [one for one in pictures if not one[:, :5].any() and not one[:, -5:].any()][:10]
    assert len(narrow) == 10
    for one in narrow:
        plain = page.canvas_pixels(drawn(one, 255, 0)).astype(int)
        for ink, paper in ((0, None), (0, 255)):
            found = page.canvas_pixels(drawn(np.roll(one, 4, axis=1), ink, paper))
            assert np.abs(found - plain).max() <= 1, (ink, paper)
        rows = np.flatnonzero((plain > 13).any(axis=1))
        assert rows[0] <= 27 - rows[-1] <= rows[0] + 1, "in the middle, or one row above it"


def test_colors_and_an_empty_canvas():
    red = drawn(np.pad(np.full((8, 8), 255, np.uint8), 10), 0, None)
    red[..., 0] = 255
    assert page.canvas_pixels(red).max() == round(255 - 0.299 * 255)
    assert not page.canvas_pixels(np.zeros((56, 56, 4), np.uint8)).any()
    assert not page.canvas_pixels(np.full((56, 56, 4), 255, np.uint8)).any()


def test_a_network_goes_through_the_text_of_a_page_unharmed(weights):
    specs, text = page.write_weights(weights)
    assert base64.b64decode(text).startswith(next(iter(weights.values())).tobytes())
    back = page.read_weights(specs, text)
    assert back.keys() == weights.keys()
    assert all(np.array_equal(back[name], one) and back[name].dtype == one.dtype for name, one in weights.items())
    with pytest.raises(ValueError, match=r"the text ends within scores bias|the text ends within"):
        page.read_weights(specs, text[:-8])
    with pytest.raises(ValueError, match=r"the text has 177,704 bytes; the specs are of"):
        page.read_weights(specs[:-1], text)


def test_quantized_weights_are_read_as_their_spec_says():
    bytes_, halves = np.array([0, 255], np.uint8), np.array([0.5, -2], "<f2")
    specs = [
        {"name": "a", "shape": [2], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.1, "min": -3}},
        {"name": "b", "shape": [2, 1], "dtype": "float32", "quantization": {"dtype": "float16"}},
    ]
    found = page.read_weights(specs, base64.b64encode(bytes_.tobytes() + halves.tobytes()).decode())
    assert found["a"].tolist() == pytest.approx([-3, 22.5]) and found["b"].tolist() == [[0.5], [-2]]
    assert {one.dtype for one in found.values()} == {np.dtype(np.float32)}
