"""ONNX files: they answer as Keras and LiteRT do, and what is broken, or wants to read another file, is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import requests
from onnx import TensorProto, helper

from pipeline.export import export_onnx, write_version
from server.engines import KerasEngine, OnnxEngine
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from server.production.app import production_app
from server.quiet import import_tensorflow
from server.repository import load_servable
from tests.conftest import over_http

PINNED = {version: PINNED_MODELS / "clothes" / str(version) / EXTRA_FOLDER for version in (1, 2)}
DIGITS = ModelCard.read(PINNED_MODELS / "digits" / "1" / EXTRA_FOLDER / CARD_FILE)  # 8x8 pixels from 0 to 16
CLOTHES = "/models/clothes/v1"


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    """A repository with the pinned clothes models as ONNX files, and in no other format."""
    import_tensorflow()
    import keras

    root = tmp_path_factory.mktemp("models")
    for folder in PINNED.values():
        model = keras.models.load_model(folder / "clothes.keras", compile=False)
        version = export_onnx(model, ModelCard.read(folder / CARD_FILE), root)
        assert sorted(path.name for path in version.rglob("*.*")) == [EXTRA_FOLDER, "clothes.onnx", CARD_FILE]
    return root


@pytest.mark.parametrize("version", PINNED)
def test_an_onnx_model_gives_the_labels_and_scores_of_keras(models, test_set, version):
    servable = load_servable(models / "clothes" / str(version))
    assert isinstance(servable.engine, OnnxEngine)
    pixels = test_set[0][:500]
    theirs = KerasEngine(PINNED[version] / "clothes.keras", servable.card).predict(pixels)
    ours = servable.engine.predict(pixels)
    np.testing.assert_array_equal(ours.argmax(axis=1), theirs.argmax(axis=1))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert (ours.dtype, len(set(ours.argmax(axis=1)))) == (np.float32, 10)


def test_an_onnx_model_answers_over_http_what_litert_answers(served, models, test_set):
    body = {"images": test_set[0][:200].tolist()}
    with over_http(production_app(models)) as address:
        ours = requests.post(address + CLOTHES, json=body, timeout=30).json()
    litert = requests.post(served + CLOTHES, json=body, timeout=30).json()
    assert ours["labels"] == litert["labels"]
    np.testing.assert_allclose(ours["result"], litert["result"], atol=1e-4)


def classifier(weights: TensorProto, shape: tuple = (None, 8, 8, 1), nodes: tuple = (), row: int = 64) -> bytes:
    """A network of one layer: a softmax of pixels (n, ``row``) times ``weights`` (``row``, 10)."""
    nodes = [
        *nodes,
        helper.make_node("Reshape", ["image", "rows"], ["row"]),
        helper.make_node("MatMul", ["row", "weights"], ["evidence"]),
        helper.make_node("Softmax", ["evidence"], ["scores"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, (None, 10))
    rows = helper.make_tensor("rows", TensorProto.INT64, [2], [-1, row])
    graph = helper.make_graph(nodes, "digits", [image], [scores], [weights, rows])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("elsewhere", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


NUMBERS = np.random.default_rng(4).normal(size=(64, 10)).astype(np.float32)
WEIGHTS = onnx.numpy_helper.from_array(NUMBERS, "weights")


def elsewhere(location: str) -> TensorProto:
    """Weights that are in another file."""
    tensor = TensorProto(name="weights", data_type=TensorProto.FLOAT, dims=NUMBERS.shape)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def engine_of(folder: Path, content: bytes) -> OnnxEngine:
    (folder / "digits.onnx").write_bytes(content)
    return OnnxEngine(folder / "digits.onnx", DIGITS)


SHAPES = [(None, 8, 8, 1), ("batch", 8, 8, 1), (None, 1, 8, 8), (None, "height", None, 1), (None, 64)]


@pytest.mark.parametrize("shape", SHAPES)
def test_pixels_are_scaled_by_the_card_and_the_channel_is_where_the_model_has_it(tmp_path, shape):
    pixels = np.arange(192, dtype=np.uint8).reshape(3, 8, 8) % 17
    powers = np.exp(pixels.reshape(3, 64) / np.float32(16) @ NUMBERS)
    ours = engine_of(tmp_path, classifier(WEIGHTS, shape)).predict(pixels)
    np.testing.assert_allclose(ours, powers / powers.sum(axis=1, keepdims=True), atol=1e-5)


def trees() -> bytes:
    """As XGBoost's export to ONNX is: flat rows in, the label and then the scores out. A tree of one question, at pixel
    9: above 0.5 it is class 3, otherwise class 7."""
    ensemble = helper.make_node(
        "TreeEnsembleClassifier",
        ["rows"],
        ["label", "probabilities"],
        domain="ai.onnx.ml",
        nodes_treeids=[0, 0, 0],
        nodes_nodeids=[0, 1, 2],
        nodes_featureids=[9, 0, 0],
        nodes_values=[0.5, 0.0, 0.0],
        nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"],
        nodes_truenodeids=[1, 0, 0],
        nodes_falsenodeids=[2, 0, 0],
        class_treeids=[0, 0],
        class_nodeids=[1, 2],
        class_ids=[7, 3],
        class_weights=[4.0, 4.0],
        classlabels_int64s=list(range(10)),
        post_transform="SOFTMAX",
    )
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, (None, 64))
    label = helper.make_tensor_value_info("label", TensorProto.INT64, (None,))
    probabilities = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, (None, 10))
    graph = helper.make_graph([ensemble], "trees", [rows], [label, probabilities])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def test_of_a_models_outputs_the_scores_are_taken_wherever_they_are(tmp_path):
    pixels = np.zeros((2, 8, 8), np.uint8)
    pixels[1, 1, 1] = 16
    scores = engine_of(tmp_path, trees()).predict(pixels)
    assert (scores.shape, scores.dtype, scores.argmax(axis=1).tolist()) == ((2, 10), np.float32, [7, 3])


@pytest.fixture
def with_weights_beside(tmp_path, monkeypatch) -> Path:
    """A folder whose ``weights.bin`` would fit, in which the process is, too."""
    (tmp_path / "weights.bin").write_bytes(NUMBERS.tobytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("location", ["weights.bin", "./weights.bin", "../{folder}/weights.bin", "{whole}/weights.bin"])
@pytest.mark.parametrize("as_a_node", [False, True])
def test_a_file_that_wants_to_read_another_one_is_refused(with_weights_beside, location, as_a_node):
    folder = with_weights_beside
    weights = elsewhere(location.format(folder=folder.name, whole=folder))
    if as_a_node:
        unused = onnx.numpy_helper.from_array(NUMBERS, "unused")
        content = classifier(unused, nodes=(helper.make_node("Constant", [], ["weights"], value=weights),))
    else:
        content = classifier(weights)
    with pytest.raises(ValueError, match=r"digits\.onnx is no ONNX classifier in one file: .*[Ee]xternal data"):
        engine_of(folder, content)


UNKNOWN = (helper.make_node("Run\nThis", ["image"], ["nothing"], domain="elsewhere"),)
GOOD = classifier(WEIGHTS)
SHORT = onnx.numpy_helper.from_array(NUMBERS[:60], "weights")
REFUSED = {
    "nothing": (b"", "No graph"),
    "text": (b"no model", "protobuf parsing failed"),
    "half a file": (GOOD[: len(GOOD) // 2], "protobuf parsing failed"),
    "an operation that it brings along": (classifier(WEIGHTS, nodes=UNKNOWN), "Run"),
    "pictures of another size": (classifier(WEIGHTS, (None, 28, 28, 1)), "expected \\(n, 8, 8, 1\\)"),
    "pictures without a channel": (classifier(WEIGHTS, (None, 8, 8)), "expected \\(n, 8, 8, 1\\)"),
    "a layer that does not fit": (classifier(SHORT, row=60), "Reshape"),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_no_classifier_is_refused_in_one_line(tmp_path, capfd, content, reason):
    with pytest.raises(ValueError, match=rf"digits\.onnx is no ONNX classifier in one file: .*{reason}") as refused:
        engine_of(tmp_path, content)
    assert "\n" not in str(refused.value)
    assert capfd.readouterr().err == ""


def test_a_broken_version_is_left_out_and_the_others_are_served(models, tmp_path, caplog):
    card = ModelCard.read(PINNED[1] / CARD_FILE)
    write_version(tmp_path, card, lambda folder: (folder / EXTRA_FOLDER / "clothes.onnx").write_bytes(GOOD))
    (tmp_path / "digits").symlink_to(PINNED_MODELS / "digits")
    client = production_app(tmp_path).test_client()
    assert client.get(CLOTHES).status_code == 404
    assert client.get("/models/digits/v1").status_code == 200
    assert "is no ONNX classifier in one file: its input has the shape (None, 8, 8, 1)" in caplog.text


def test_a_network_that_is_no_classifier_of_the_card_is_not_written(tmp_path):
    import_tensorflow()
    import keras

    network = keras.Sequential([keras.layers.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match="gives \\(3,\\) numbers for an image; its card has 10 classes"):
        export_onnx(network, ModelCard.read(PINNED[1] / CARD_FILE), tmp_path)
    assert list(tmp_path.iterdir()) == []
