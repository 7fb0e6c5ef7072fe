# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = [
#     "xgboost-cpu==3.2.*; sys_platform == 'linux'",  # the plain package brings a graphics card's library along
#     "xgboost==3.2.*; sys_platform != 'linux'",
#     "onnxmltools==1.16.*",
#     "onnxruntime",
#     "numpy",
#     "requests",  # downloads the pictures, if they are not there
# ]
# ///
"""Train trees with XGBoost on a part of Fashion-MNIST, and release them into ``work/models`` as an ONNX file.

The course's environment has no XGBoost; uv makes one for this script: ``uv run docs/trees.py``. See
docs/model_repository.md.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import xgboost

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the course, which this environment does not have

from pipeline.dataset import ensure, read_test_set, read_training_set
from pipeline.export import framework, write_version
from server.engines import OnnxEngine
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from server.preprocessing import to_model_input

MODELS = Path("work/models")
PICTURES, ROUNDS, DEPTH, SEED = 5000, 25, 4, 42
CLOSE = 1e-4  # scores of two programs that add in another order


def rows(pixels: np.ndarray) -> np.ndarray:
    """Scaled as for every model of the course, and flat: trees know no neighbors."""
    return to_model_input(pixels).reshape(len(pixels), -1)


# 1. Train on the first pictures, and measure on all that are kept for that.
ensure(print)
train_x, train_y = (part[:PICTURES] for part in read_training_set())
test_x, test_y = read_test_set()
trees = xgboost.XGBClassifier(n_estimators=ROUNDS, max_depth=DEPTH, random_state=SEED)
trees.fit(rows(train_x), train_y)
expected = trees.predict_proba(rows(test_x))
accuracy = float((expected.argmax(axis=1) == test_y).mean())
print(f"test accuracy {accuracy:.3f}")

# 2. Write the file, with the card of the clothes as a pattern.
pattern = ModelCard.read(PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER / CARD_FILE)
card = replace(
    pattern,
    name="trees",
    description="Classify images containing articles of clothing, by trees",
    number_of_parameters="".join(trees.get_booster().get_dump()).count("leaf="),
    framework=framework("xgboost-cpu" if sys.platform == "linux" else "xgboost"),
    dataset={**pattern.dataset, "training_images": PICTURES},
    metrics={"accuracy": accuracy},
    training={"seed": SEED, "rounds": ROUNDS, "depth": DEPTH},
)


def save(folder: Path) -> None:
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    shape = FloatTensorType([None, train_x[0].size])
    graph = convert_xgboost(trees, initial_types=[("rows", shape)])
    (folder / EXTRA_FOLDER / "trees.onnx").write_bytes(graph.SerializeToString())


version = write_version(MODELS, card, save)

# 3. Does the server's engine answer what XGBoost answers?
scores = OnnxEngine(version / EXTRA_FOLDER / "trees.onnx", card).predict(test_x)
far = np.abs(scores - expected).max()
same = int((scores.argmax(axis=1) == expected.argmax(axis=1)).sum())
print(f"ONNX Runtime and XGBoost agree on {same:,} of {len(test_x):,} test images; scores are at most {far:.1e} apart")
print(f"released: {version}")
sys.exit(int(far > CLOSE))
