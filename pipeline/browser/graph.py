"""A Keras model in the graph format of TensorFlow.js: operations by name, and numbers in one row of bytes.

The format is that of ``tensorflowjs_converter``: TensorFlow's ``GraphDef`` as JSON, with the weights taken out. The
reader of it is ``loadGraphModel`` in ``@tensorflow/tfjs-converter``. A network that is one layer after another needs
six kinds of operations, so it is written here and the converter's own environment is not needed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

FLOAT = {"type": "DT_FLOAT"}
NHWC = {"s": base64.b64encode(b"NHWC").decode()}  # texts are in base64, whole numbers are texts
ACTIVATIONS = {"relu": "Relu", "softmax": "Softmax", "tanh": "Tanh", "sigmoid": "Sigmoid"}


@dataclass
class Graph:
    """The nodes so far, the weights they name in order, and the name of the last node."""

    nodes: list[dict] = field(default_factory=list)
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    last: str = ""

    def add(self, operation: str, name: str, *constants: str, **attributes: dict) -> None:
        """One operation on what came before, and on ``constants``."""
        inputs = [self.last, *constants] if self.last else []
        kind = {"dtype": FLOAT} if operation == "Placeholder" else {"T": FLOAT}
        self.nodes.append({"name": name, "op": operation, "input": inputs, "attr": {**kind, **attributes}})
        self.last = name

    def constant(self, name: str, values: np.ndarray) -> str:
        kind = {"type": "DT_INT32"} if values.dtype == np.int32 else FLOAT
        self.nodes.append({"name": name, "op": "Const", "input": [], "attr": {"dtype": kind}})
        self.weights[name] = values
        return name


def to_graph_model(model) -> dict:
    """A ``keras.Sequential`` as the object that TensorFlow.js loads from memory, ready for JSON.

    ``modelTopology`` has the graph, ``weightSpecs`` name, shape and dtype of each weight, and ``weightData`` the
    numbers, one weight after another, little-endian, in base64. The graph takes ``image``, float32 (n, height, width,
    1), and gives ``scores``, float32 (n, classes). Raises ``ValueError`` for a layer or a setting that is not in
    LeNet's family.
    """
    graph = Graph()
    shape = {"shape": {"dim": [{"size": str(size or -1)} for size in model.input_shape]}}
    graph.add("Placeholder", "image", shape=shape)
    for layer in model.layers:
        kind = type(layer).__name__
        if kind not in LAYERS:
            raise ValueError(f"{layer.name} is a {kind}; the page can run {', '.join(LAYERS)}")
        LAYERS[kind](graph, layer)
    graph.add("Identity", "scores")
    data = b"".join(values.astype(values.dtype.newbyteorder("<")).tobytes() for values in graph.weights.values())
    return {
        "format": "graph-model",
        "modelTopology": {"node": graph.nodes, "versions": {"producer": 1}},
        "weightSpecs": list(_specs(graph.weights)),
        "weightData": base64.b64encode(data).decode(),
    }


def _specs(weights: dict[str, np.ndarray]) -> Iterator[dict]:
    for name, values in weights.items():
        yield {"name": name, "shape": list(values.shape), "dtype": str(values.dtype)}


def _convolution(graph: Graph, layer) -> None:
    kernel = graph.constant(f"{layer.name}/kernel", _numbers(layer.kernel))
    graph.add("Conv2D", f"{layer.name}/convolution", kernel, **_window(layer, layer.strides))
    _bias_and_activation(graph, layer)


def _pooling(graph: Graph, layer) -> None:
    graph.add("AvgPool", layer.name, ksize=_sizes(layer.pool_size), **_window(layer, layer.strides))


def _flattening(graph: Graph, layer) -> None:
    shape = graph.constant(f"{layer.name}/shape", np.array([-1, layer.output.shape[-1]], np.int32))
    graph.add("Reshape", layer.name, shape)


def _dense(graph: Graph, layer) -> None:
    kernel = graph.constant(f"{layer.name}/kernel", _numbers(layer.kernel))
    no = {"b": False}
    graph.add("MatMul", f"{layer.name}/product", kernel, transpose_a=no, transpose_b=no)
    _bias_and_activation(graph, layer)


def _nothing(graph: Graph, layer) -> None:
    """What only does something during training."""


LAYERS = {
    "Conv2D": _convolution,
    "AveragePooling2D": _pooling,
    "Flatten": _flattening,
    "Dense": _dense,
    "Dropout": _nothing,
}


def _bias_and_activation(graph: Graph, layer) -> None:
    if layer.use_bias:
        graph.add("BiasAdd", f"{layer.name}/sum", graph.constant(f"{layer.name}/bias", _numbers(layer.bias)))
    name = layer.activation.__name__
    if name == "linear":
        return
    if name not in ACTIVATIONS:
        raise ValueError(f"{layer.name} ends in {name}; the page can run {', '.join(ACTIVATIONS)} and linear")
    graph.add(ACTIVATIONS[name], f"{layer.name}/{name}")


def _window(layer, strides: tuple[int, int]) -> dict[str, dict]:
    if layer.data_format != "channels_last":
        raise ValueError(f"{layer.name} has its channels first; the page can run channels_last")
    padding = {"s": base64.b64encode(layer.padding.upper().encode()).decode()}
    dilations = _sizes(getattr(layer, "dilation_rate", (1, 1)))
    return {"strides": _sizes(strides), "padding": padding, "data_format": NHWC, "dilations": dilations}


def _sizes(pair: tuple[int, int]) -> dict:
    return {"list": {"i": ["1", *map(str, pair), "1"]}}


def _numbers(variable) -> np.ndarray:
    return np.asarray(variable.numpy(), np.float32)
