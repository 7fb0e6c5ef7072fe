"""A runtime that the server does not have is one small class and one line: ONNX Runtime, as an example."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import requests

from pipeline.export import write_version
from server.engines import ENGINES
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from server.preprocessing import to_model_input
from server.production.app import production_app
from server.quiet import import_tensorflow
from tests.conftest import over_http

PINNED = PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER
CLOTHES = "/models/clothes/v1"


class OnnxEngine:
    """An ``.onnx`` file, run by ONNX Runtime."""

    def __init__(self, path: Path, card: ModelCard) -> None:
        import onnxruntime

        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._high = card.input.high

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        return self._session.run(None, {self._input: to_model_input(pixels, self._high)})[0]


def save_as_onnx(folder: Path) -> None:
    import_tensorflow()
    import keras

    model = keras.models.load_model(PINNED / "clothes.keras", compile=False)
    picture = keras.InputSpec(shape=(None, 28, 28, 1), dtype="float32", name="image")
    model.export(folder / EXTRA_FOLDER / "clothes.onnx", format="onnx", input_signature=[picture], verbose=False)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A repository with the pinned clothes model as an ONNX file, and in no other format."""
    version = write_version(tmp_path, ModelCard.read(PINNED / CARD_FILE), save_as_onnx)
    assert [path.suffix for path in (version / EXTRA_FOLDER).glob("clothes.*")] == [".onnx"]
    return tmp_path


def test_an_onnx_model_answers_over_http_what_litert_answers(served, models, test_set, monkeypatch):
    monkeypatch.setitem(ENGINES, ".onnx", OnnxEngine)
    body = {"images": test_set[0][:200].tolist()}
    with over_http(production_app(models)) as address:
        ours = requests.post(address + CLOTHES, json=body, timeout=30).json()
    litert = requests.post(served + CLOTHES, json=body, timeout=30).json()
    assert ours["labels"] == litert["labels"]
    assert len(set(ours["labels"])) == 10
    np.testing.assert_allclose(ours["result"], litert["result"], atol=1e-4)


def test_without_its_line_the_version_is_left_out(models, caplog):
    assert production_app(models).test_client().get(CLOTHES).status_code == 404
    assert "no engine for the files" in caplog.text
