"""The season's model: fixed filters, pooling, and a logistic regression that is trained in a second.

A convolutional network whose filters are not learned (Coates, Ng and Lee 2011 found that it takes surprisingly few
pictures). All of it is one ONNX file, so that the server computes what training computed.
"""

from __future__ import annotations

import hashlib
import warnings
from functools import cache

import numpy as np

from server.preprocessing import to_model_input

EDGE = 28  # pixels
FILTERS, WIDTH = 24, 5
THRESHOLDS = tuple(np.linspace(0.1, 0.95, 18))
GRID = 3
L2 = 0.2
OPSET = 18
BATCH = 256


class Learner:
    """A trained model: ``scores`` of pictures, and its ``file``, which the server loads."""

    def __init__(self, weights: np.ndarray, bias: np.ndarray) -> None:
        self.weights, self.bias = weights, bias  # (features, classes), (classes,)

    def scores(self, features: np.ndarray) -> np.ndarray:
        """Of ``features`` (n, features): float32 (n, classes), each row adding up to one."""
        evidence = features @ self.weights + self.bias
        powers = np.exp(evidence - evidence.max(axis=1, keepdims=True))
        return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)

    def file(self) -> bytes:
        """The whole network, filters and weights, as an ONNX file."""
        return _network(self.weights.astype(np.float32), self.bias.astype(np.float32))


def train(features: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]) -> Learner:
    """Fit the last layer to ``features`` (n, features) and ``labels`` (n,), names out of ``classes``."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-3
    model = LogisticRegression(C=L2, max_iter=300)
    # For matrices as small as these, two threads take ten times as long as one: they wait for each other.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # it stops a little early; the scores hardly change
        model.fit((features - middle) / spread, labels)
    weights = np.zeros((features.shape[1], len(classes)))
    bias = np.full(len(classes), -20.0)  # of a class without a picture
    columns = [classes.index(name) for name in model.classes_]
    two = len(columns) == 2  # then scikit-learn has one row, for the second
    rows = np.concatenate([-model.coef_ / 2, model.coef_ / 2]) if two else model.coef_
    starts = np.concatenate([-model.intercept_ / 2, model.intercept_ / 2]) if two else model.intercept_
    weights[:, columns] = (rows / spread).T
    bias[columns] = starts - (rows / spread) @ middle
    return Learner(weights, bias)


def features_of(pixels: np.ndarray) -> np.ndarray:
    """What the fixed part of the network sees of uint8 ``pixels`` (n, 28, 28): float32 (n, features)."""
    session = _session()
    parts = [pixels[start : start + BATCH] for start in range(0, len(pixels), BATCH)]
    return np.concatenate([session.run(None, {"pixels": to_model_input(part)})[0] for part in parts])


@cache
def _session():
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(_network(None, None), options, providers=["CPUExecutionProvider"])


def fingerprint(learner: Learner) -> str:
    """A short hash of the weights."""
    return hashlib.sha256(learner.weights.tobytes() + learner.bias.tobytes()).hexdigest()[:12]


def _filters() -> np.ndarray:
    """Spots, edges and lines: normalized noise of several widths, float32 (FILTERS, 1, WIDTH, WIDTH), mean zero."""
    from scipy.ndimage import gaussian_filter

    random = np.random.default_rng(28)
    made = [gaussian_filter(random.normal(size=(WIDTH, WIDTH)), 0.4 + (n % 4) / 3) for n in range(FILTERS)]
    made = [one - one.mean() for one in made]
    return np.stack([one / np.linalg.norm(one) for one in made]).astype(np.float32)[:, None]


def _network(weights: np.ndarray | None, bias: np.ndarray | None) -> bytes:
    """The graph from ``pixels``, float32 (n, 28, 28, 1), to the features or, with weights, to scores."""
    from onnx import TensorProto, helper, numpy_helper

    both = np.concatenate([_filters(), -_filters()])
    levels = np.array(THRESHOLDS, np.float32).reshape(1, -1, 1, 1)
    constants = {"filters": both, "levels": levels, "steep": np.array(20, np.float32)}
    node = helper.make_node
    nodes = [
        node("Transpose", ["pixels"], ["picture"], perm=[0, 3, 1, 2]),
        node("Conv", ["picture", "filters"], ["edges"], pads=[WIDTH // 2] * 4),
        node("Relu", ["edges"], ["rectified"]),
        node("AveragePool", ["rectified"], ["pooled"], kernel_shape=[EDGE // GRID] * 2, strides=[EDGE // GRID] * 2),
        node("GlobalAveragePool", ["rectified"], ["strength"]),
        node("GlobalMaxPool", ["rectified"], ["strongest"]),
        # How much of the picture is above each level: a histogram that a matrix can use.
        node("Sub", ["picture", "levels"], ["above"]),
        node("Mul", ["above", "steep"], ["sharp"]),
        node("Sigmoid", ["sharp"], ["shares"]),
        node("GlobalAveragePool", ["shares"], ["histogram"]),
        *[node("Flatten", [name], [f"flat {name}"]) for name in ("pooled", "strength", "strongest", "histogram")],
        node(
            "Concat",
            [f"flat {name}" for name in ("pooled", "strength", "strongest", "histogram")],
            ["features"],
            axis=1,
        ),
    ]
    output = "features"
    if weights is not None:
        constants |= {"weights": weights, "bias": bias}
        nodes += [node("Gemm", ["features", "weights", "bias"], ["evidence"])]
        nodes += [node("Softmax", ["evidence"], ["scores"], axis=1)]
        output = "scores"
    graph = helper.make_graph(
        nodes,
        "season",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", EDGE, EDGE, 1])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", None])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    return model.SerializeToString()
