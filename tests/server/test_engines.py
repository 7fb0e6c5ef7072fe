"""The digits by their two arrays: what scikit-learn says, without it; and which arrays are refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from server.engines import LogisticRegressionEngine, SklearnEngine
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from server.repository import load_servable

DIGITS = PINNED_MODELS / "digits" / "1" / EXTRA_FOLDER
CARD = ModelCard.read(DIGITS / CARD_FILE)
GOOD = {"coefficients": np.zeros((10, 64), np.float32), "intercepts": np.zeros(10, np.float32)}


def saved(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def test_of_every_digit_the_arrays_say_what_scikit_learn_says():
    pixels = load_digits().images.astype(np.uint8)
    engine = load_servable(PINNED_MODELS / "digits" / "1").engine
    assert isinstance(engine, LogisticRegressionEngine)
    ours, theirs = engine.predict(pixels), SklearnEngine(DIGITS / "digits.skops", CARD).predict(pixels)
    assert (ours.shape, ours.dtype) == ((1797, 10), np.float32)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(ours.argmax(axis=1), theirs.argmax(axis=1))


def test_large_evidence_does_not_overflow(tmp_path):
    steep = {**GOOD, "intercepts": np.array([1e4, *[-1e4] * 9], np.float32)}
    engine = LogisticRegressionEngine(saved(tmp_path / "it.npz", **steep), CARD)
    np.testing.assert_array_equal(engine.predict(np.zeros((2, 8, 8), np.uint8)), [[1, *[0] * 9]] * 2)


BAD = {
    "no intercepts": ({"coefficients": GOOD["coefficients"]}, "does not hold the arrays coefficients, intercepts"),
    "pickled objects": ({**GOOD, "intercepts": np.array([object()] * 10)}, "allow_pickle=False"),
    "coefficients on their side": ({**GOOD, "coefficients": np.zeros((64, 10))}, r"\(64, 10\); expected \(10, 64\)"),
    "one intercept for all": ({**GOOD, "intercepts": np.zeros(1)}, r"intercepts have the shape \(1,\)"),
    "a coefficient that is no number": (
        {**GOOD, "coefficients": np.full((10, 64), np.nan)},
        "coefficients are not all finite",
    ),
    "an infinite intercept": ({**GOOD, "intercepts": np.full(10, np.inf)}, "intercepts are not all finite"),
    "whole numbers": ({**GOOD, "intercepts": np.zeros(10, int)}, "intercepts are not all finite floating-point"),
}


@pytest.mark.parametrize(("arrays", "reason"), BAD.values(), ids=BAD.keys())
def test_arrays_that_are_no_model_are_refused(tmp_path, arrays, reason):
    with pytest.raises(ValueError, match=reason):
        LogisticRegressionEngine(saved(tmp_path / "it.npz", **arrays), CARD)


@pytest.mark.parametrize("content", [b"", b"no zip", (DIGITS / "digits.npz").read_bytes()[:-500]], ids=len)
def test_a_file_that_holds_no_arrays_is_refused(tmp_path, content):
    (tmp_path / "it.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"it\.npz does not hold the arrays"):
        LogisticRegressionEngine(tmp_path / "it.npz", CARD)


def test_an_array_by_itself_is_refused(tmp_path):
    with (tmp_path / "it.npz").open("wb") as file:
        np.save(file, GOOD["intercepts"])
    with pytest.raises(ValueError, match=r"it\.npz does not hold the arrays"):
        LogisticRegressionEngine(tmp_path / "it.npz", CARD)


ALONE = """
import sys
from pathlib import Path
from server.repository import load_servable
servable = load_servable(Path(sys.argv[1]))
print(type(servable.engine).__name__, sorted({"sklearn", "scipy", "tensorflow"} & sys.modules.keys()))
"""


def in_a_process(version: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", ALONE, version], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_scikit_learn_is_imported_where_a_file_of_its_own_is_served_and_nowhere_else(tmp_path):
    assert in_a_process(PINNED_MODELS / "digits" / "1") == "LogisticRegressionEngine []"
    version = Path(shutil.copytree(PINNED_MODELS / "digits", tmp_path / "digits")) / "1"
    fields = CARD.as_dict() | {"files": {"digits.skops": CARD.files["digits.skops"]}}
    ModelCard(**fields | {"input": CARD.input}).write(version / EXTRA_FOLDER / CARD_FILE)
    assert in_a_process(version) == "SklearnEngine ['scipy', 'sklearn']"
