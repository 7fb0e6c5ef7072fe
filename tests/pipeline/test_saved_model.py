"""The pinned SavedModels: what TensorFlow Serving will find in them, and that each signature gives what Keras gives."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from server.quiet import import_tensorflow

import_tensorflow()
import keras  # noqa: E402  TensorFlow is imported quietly first
import tensorflow as tf  # noqa: E402
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog  # noqa: E402

from pipeline.picture_graph import files_to_pixels, to_pixels  # noqa: E402
from pipeline.warmup import WARMUP_FILE, example_of  # noqa: E402
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard  # noqa: E402  # noqa: E402
from server.pictures import center, light_on_dark, read_pixels, trim  # noqa: E402
from server.preprocessing import to_model_input  # noqa: E402

CLOTHES = PINNED_MODELS / "clothes"
SIGNATURES = {
    "serving_default": ({"pixels": (tf.uint8, [None, 28, 28])}, {"scores"}),
    "labels": ({"pixels": (tf.uint8, [None, 28, 28])}, {"scores", "label"}),
    "scaled": ({"image": (tf.float32, [None, 28, 28, 1])}, {"scores"}),
    "encoded": ({"image_bytes": (tf.string, [None])}, {"scores", "label"}),
    "classify": ({"inputs": (tf.string, [None])}, {"scores", "classes"}),
}


@pytest.fixture(scope="module", params=["1", "2"])
def version(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def card(version) -> ModelCard:
    return ModelCard.read(CLOTHES / version / EXTRA_FOLDER / CARD_FILE)


@pytest.fixture(scope="module")
def signatures(version) -> dict:
    loaded = tf.saved_model.load(CLOTHES / version)
    found = dict(loaded.signatures)
    found["kept"] = loaded  # its weights live as long as it does
    return found


@pytest.fixture(scope="module")
def keras_scores(version):
    """What the pinned Keras model says of uint8 pixels (n, 28, 28)."""
    model = keras.models.load_model(CLOTHES / version / EXTRA_FOLDER / "clothes.keras", compile=False)
    return lambda pixels: model.predict(to_model_input(pixels), batch_size=1000, verbose=0)


def as_file(pixels: np.ndarray, mode: str = "L", kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, kind, **options)
    return file.getvalue()


def in_batches(signature, name: str, values, size: int = 1000) -> dict[str, np.ndarray]:
    parts = [signature(**{name: tf.constant(values[i : i + size])}) for i in range(0, len(values), size)]
    return {key: np.concatenate([part[key].numpy() for part in parts]) for key in parts[0]}


def test_signatures_have_the_names_types_and_shapes_that_are_documented(signatures):
    assert set(signatures) - {"kept"} == set(SIGNATURES)
    for name, (inputs, outputs) in SIGNATURES.items():
        _, specs = signatures[name].structured_input_signature
        assert {key: (spec.dtype, spec.shape.as_list()) for key, spec in specs.items()} == inputs
        assert set(signatures[name].structured_outputs) == outputs


@pytest.mark.parametrize("name", ["serving_default", "labels", "scaled", "classify"])
def test_a_signature_gives_what_keras_gives_on_every_test_image(name, signatures, keras_scores, test_set, card):
    pixels, _ = test_set
    inputs = {
        "scaled": ("image", to_model_input(pixels)),
        "classify": ("inputs", [example_of(one).SerializeToString() for one in pixels]),
    }
    answers = in_batches(signatures[name], *inputs.get(name, ("pixels", pixels)))
    expected = keras_scores(pixels)
    np.testing.assert_allclose(answers["scores"], expected, atol=1e-5)
    best = expected.argmax(axis=1)
    np.testing.assert_array_equal(answers["scores"].argmax(axis=1), best)
    if "label" in answers:
        assert [label.decode() for label in answers["label"]] == [card.classes[index] for index in best]
    if "classes" in answers:
        assert {tuple(row) for row in answers["classes"]} == {tuple(name.encode() for name in card.classes)}


@pytest.mark.parametrize(
    "step", [pytest.param(5, id="every fifth"), pytest.param(1, id="all", marks=pytest.mark.weekly)]
)
def test_encoded_gives_what_keras_gives_of_test_images_as_files(signatures, keras_scores, test_set, card, step):
    images = test_set[0][::step]
    files = [as_file(pixels) for pixels in images]
    answers = in_batches(signatures["encoded"], "image_bytes", files)
    in_graph = tf.function(files_to_pixels)(tf.constant(files), card.input.shape).numpy()
    np.testing.assert_allclose(answers["scores"], keras_scores(in_graph), atol=1e-5)
    steps = [np.asarray(center(trim(light_on_dark(Image.fromarray(one))), (28, 28))) for one in images]
    by_pillow = keras_scores(np.stack(steps)).argmax(axis=1)
    assert np.mean(answers["scores"].argmax(axis=1) == by_pillow) > 0.999
    assert answers["label"][0].decode() == card.classes[by_pillow[0]] == "Ankle boot"


@pytest.mark.parametrize("size", [1, 3, 33])
def test_a_batch_may_have_any_size(size, signatures, test_set):
    pixels = tf.constant(test_set[0][:size])
    assert signatures["serving_default"](pixels=pixels)["scores"].shape == (size, 10)


@pytest.mark.parametrize(
    ("mode", "kind"), [("L", "PNG"), ("RGB", "PNG"), ("RGBA", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGB", "JPEG")]
)
def test_the_graph_reads_a_photograph_as_pillow_does(mode, kind, test_set):
    for number in range(5):
        photograph = np.full((400 + 10 * number, 500), 255, np.uint8)
        object_ = Image.fromarray(255 - test_set[0][number]).resize((300, 300), Image.Resampling.BICUBIC)
        photograph[30:330, 60:360] = np.asarray(object_)
        file = as_file(photograph, mode, kind)
        ours, theirs = to_pixels(tf.constant(file), (28, 28)).numpy(), read_pixels(file)
        assert np.abs(ours.astype(int) - theirs).mean() < 2


def test_the_graph_sees_white_behind_what_is_transparent():
    file = BytesIO()
    picture = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (10, 5, 30, 35))
    picture.save(file, "PNG")
    ours = to_pixels(tf.constant(file.getvalue()), (28, 28)).numpy()
    np.testing.assert_allclose(ours, read_pixels(file.getvalue()), atol=2)
    assert (ours[14, 14], ours[14, 0]) == (255, 0)


def test_a_picture_of_one_level_is_read_as_it_is():
    file = as_file(np.full((30, 50), 90, np.uint8))
    np.testing.assert_array_equal(to_pixels(tf.constant(file), (28, 28)), read_pixels(file))


def test_the_graph_differs_from_pillow_where_it_says_so():
    gray = np.zeros((60, 90), np.uint8)
    gray[10:50, 20:40] = 200
    gray[5:15, 20:80] = 200
    plain = to_pixels(tf.constant(as_file(gray)), (28, 28)).numpy()

    turned = Image.Exif()
    turned[0x0112] = 6  # a quarter turn
    sideways = as_file(gray, kind="JPEG", exif=turned.tobytes(), quality=100)
    upright = read_pixels(sideways)
    unturned = to_pixels(tf.constant(sideways), (28, 28)).numpy()
    np.testing.assert_allclose(unturned, plain, atol=12)  # JPEG is not exact
    assert np.abs(upright.astype(int) - plain).mean() > 20

    dusty = gray.copy()
    dusty[58, 88] = 200
    with_dust = to_pixels(tf.constant(as_file(dusty)), (28, 28)).numpy()
    assert np.abs(with_dust.astype(int) - plain).mean() > 5
    np.testing.assert_allclose(read_pixels(as_file(dusty)), read_pixels(as_file(gray)))

    gif = as_file(gray, kind="GIF")
    np.testing.assert_array_equal(to_pixels(tf.constant(gif), (28, 28)), plain)


def test_what_is_no_image_is_refused(signatures):
    with pytest.raises(tf.errors.InvalidArgumentError, match="Unknown image file format"):
        signatures["encoded"](image_bytes=tf.constant([b"not an image"]))


RANK_3 = """
from server.quiet import import_tensorflow
import_tensorflow()
import sys, tensorflow as tf
signature = tf.saved_model.load(sys.argv[1]).signatures["scaled"]
try:
    signature(image=tf.zeros([2, 28, 28]))
except tf.errors.InvalidArgumentError as error:
    print(error.message)
"""


def test_a_missing_axis_is_an_error_and_does_not_end_the_process():
    # On x86, TensorFlow's oneDNN aborts where a convolution gets three axes: a process of its own, to see that.
    command = [sys.executable, "-c", RANK_3, str(CLOTHES / "1")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "[2,28,28] is not compatible with expected shape [?,28,28,1]" in result.stdout


def test_the_warm_up_asks_each_signature_something_that_it_answers(version, signatures):
    records = tf.data.TFRecordDataset(str(CLOTHES / version / EXTRA_FOLDER / WARMUP_FILE))
    logs = [PredictionLog.FromString(record.numpy()) for record in records]
    asked = set()
    for log in logs:
        if log.HasField("classify_log"):
            request = log.classify_log.request
            inputs = {"inputs": [example.SerializeToString() for example in request.input.example_list.examples]}
        else:
            request = log.predict_log.request
            inputs = {name: tf.make_ndarray(value) for name, value in request.inputs.items()}
        asked.add(request.model_spec.signature_name)
        answer = signatures[request.model_spec.signature_name](**{k: tf.constant(v) for k, v in inputs.items()})
        assert answer["scores"].shape == (1, 10)
    assert asked == set(SIGNATURES)
