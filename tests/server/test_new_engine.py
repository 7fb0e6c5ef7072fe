"""A runtime that the server does not have is one small class and one line: nearest means by NumPy, as an example."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import requests
from sklearn.datasets import load_digits

from pipeline.digits import to_rows
from pipeline.export import write_version
from server.engines import ENGINES
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from server.preprocessing import to_model_input
from server.production.app import production_app
from tests.conftest import over_http

DIGITS = "/models/digits/v1"


class NearestMeanEngine:
    """An ``.npy`` file with the mean picture of each class (classes, pixels): the nearer, the higher the score."""

    def __init__(self, path: Path, card: ModelCard) -> None:
        self._means = np.load(path, allow_pickle=False)
        self._high = card.input.high

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        rows = to_model_input(pixels, self._high).reshape(len(pixels), 1, -1)
        powers = np.exp(-((rows - self._means) ** 2).sum(axis=2))
        return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A repository with the digits as the means of their classes, and in no other format."""
    digits = load_digits()
    rows = to_rows(digits.images.astype(np.uint8))
    means = np.stack([rows[digits.target == digit].mean(axis=0) for digit in range(10)])
    card = ModelCard.read(PINNED_MODELS / "digits" / "1" / EXTRA_FOLDER / CARD_FILE)
    write_version(tmp_path, card, lambda folder: np.save(folder / EXTRA_FOLDER / "digits.npy", means))
    return tmp_path


def test_a_further_engine_answers_over_http(models, monkeypatch):
    monkeypatch.setitem(ENGINES, ".npy", NearestMeanEngine)
    images, labels = load_digits().images[:200].astype(int), load_digits().target[:200]
    with over_http(production_app(models)) as address:
        answer = requests.post(address + DIGITS, json={"images": images.tolist()}, timeout=30).json()
    assert np.mean([label == str(digit) for label, digit in zip(answer["labels"], labels, strict=True)]) > 0.85
    np.testing.assert_allclose(np.sum(answer["result"], axis=1), 1, atol=1e-5)


def test_without_its_line_the_version_is_left_out(models, caplog):
    assert production_app(models).test_client().get(DIGITS).status_code == 404
    assert "no engine for the files" in caplog.text
