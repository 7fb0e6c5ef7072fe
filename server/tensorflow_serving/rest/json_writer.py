"""JSON as TensorFlow Serving writes it: numbers that read back as the same float, and RapidJSON's line breaks.

``{"predictions": …}`` has one row per line; ``{"outputs": …}`` breaks at each value.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from itertools import pairwise
from math import prod

import numpy as np
import rapidjson
from tensorflow_serving.apis.classification_pb2 import ClassificationResult
from tensorflow_serving.apis.regression_pb2 import RegressionResult

from server.tensorflow_serving.status import invalid_argument

# A tensor of strings is written as base64 if the name of the output says that they are not text.
BYTES_SUFFIX = "_bytes"
INDENT = "    "
NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
INTEGERS = frozenset(map(np.dtype, ("int8", "int16", "int32", "int64", "uint8", "uint32", "uint64")))
FULL_PRECISION = {np.dtype(np.float32): ".9g", np.dtype(np.float64): ".17g"}


def error(message: str) -> str:
    return f'{{\n{INDENT}"error": {text(message)}\n}}'


def text(value: str) -> str:
    return rapidjson.dumps(value, ensure_ascii=False)


def decimals(values: np.ndarray) -> list[str]:
    """Each float of a flat array as a short text that reads back as the same float."""
    floats = values.tolist()
    texts = [f"{number:.6g}" for number in floats]
    exact = np.array([float(short) for short in texts]).astype(values.dtype) == values
    if not exact.all():
        full = FULL_PRECISION[values.dtype]
        texts = [
            short if same else format(number, full) for short, same, number in zip(texts, exact, floats, strict=True)
        ]
    return [_as_decimal(short) for short in texts]


def _as_decimal(short: str) -> str:
    # Without a point, a reader that guesses types would see integers among the floats.
    if short.lstrip("-").isdigit():
        return short + ".0"
    return NOT_FINITE.get(short, short)


def rows(outputs: Mapping[str, np.ndarray]) -> str:
    """``{"predictions": [row, …]}``; a row of several outputs is an object. Raises ``ServingError``."""
    size = _batch_size(outputs)
    columns = {name: _in_line(_leaves(name, array), array.shape) for name, array in sorted(outputs.items())}
    if len(columns) == 1:
        return _document("predictions", _single_line(*columns.values()))
    records = [{name: column[row] for name, column in columns.items()} for row in range(size)]
    return _document("predictions", _broken([_object(record, 2) for record in records], 1))


def columns(outputs: Mapping[str, np.ndarray]) -> str:
    """``{"outputs": tensor}``; several outputs are an object. Raises ``ServingError``."""
    depth = 1 if len(outputs) == 1 else 2
    tensors = {name: _in_lines(_leaves(name, array), array.shape, depth) for name, array in sorted(outputs.items())}
    return _document("outputs", next(iter(tensors.values())) if depth == 1 else _object(tensors, 1))


def classifications(result: ClassificationResult) -> str:
    """``{"results": [[[label, score], …], …]}``."""
    lists = []
    for row in result.classifications:
        scores = decimals(np.array([entry.score for entry in row.classes], np.float32))
        pairs = [f"[{text(entry.label)}, {score}]" for entry, score in zip(row.classes, scores, strict=True)]
        lists.append("[" + ", ".join(pairs) + "]")
    return _document("results", _single_line(lists))


def regressions(result: RegressionResult) -> str:
    """``{"results": [value, …]}``."""
    values = np.array([regression.value for regression in result.regressions], np.float32)
    return _document("results", "[" + ", ".join(decimals(values)) + "]")


def _batch_size(outputs: Mapping[str, np.ndarray]) -> int:
    for name, array in outputs.items():
        if not array.ndim:
            raise invalid_argument(f"Tensor name: {name} has no shape information ")
    for (_, first), (name, other) in pairwise(outputs.items()):
        if len(first) != len(other):
            raise invalid_argument(
                f"Tensor name: {name} has inconsistent batch size: {len(other)} expecting: {len(first)}"
            )
    return len(next(iter(outputs.values())))


def _leaves(name: str, array: np.ndarray) -> list[str]:
    flat = array.reshape(-1)
    if array.dtype in FULL_PRECISION:
        return decimals(flat)
    if array.dtype in INTEGERS:
        return [str(number) for number in flat.tolist()]
    if array.dtype == np.bool_:
        return ["true" if yes else "false" for yes in flat.tolist()]
    if array.dtype == np.object_:
        return [_string(name)(string) for string in flat.tolist()]
    raise invalid_argument(f"Failed to write JSON value for tensor type: {np.dtype(array.dtype).name}")


def _string(name: str) -> Callable[[bytes], str]:
    if name.endswith(BYTES_SUFFIX):
        return lambda string: f'{{"b64": "{b64encode(string).decode()}"}}'
    return lambda string: text(string.decode(errors="replace"))


def _in_line(leaves: list[str], shape: tuple[int, ...]) -> list[str]:
    """The tensor's rows, each with all its brackets on one line."""
    for axis in range(len(shape) - 1, 0, -1):
        leaves = ["[" + ", ".join(group) + "]" for group in _groups(leaves, shape, axis)]
    return leaves


def _in_lines(leaves: list[str], shape: tuple[int, ...], depth: int) -> str:
    """The tensor with each value on its own line."""
    for axis in range(len(shape) - 1, -1, -1):
        leaves = [_broken(group, depth + axis) for group in _groups(leaves, shape, axis)]
    return leaves[0]


def _groups(leaves: list[str], shape: tuple[int, ...], axis: int) -> list[list[str]]:
    size = shape[axis]
    return [leaves[index * size : (index + 1) * size] for index in range(prod(shape[:axis]))]


def _broken(items: list[str], depth: int) -> str:
    if not items:
        return "[]"
    pad = "\n" + INDENT * (depth + 1)
    return "[" + pad + ("," + pad).join(items) + "\n" + INDENT * depth + "]"


def _single_line(items: list[str]) -> str:
    return "[" + ", ".join(items) + f"\n{INDENT}]" if items else "[]"


def _object(members: Mapping[str, str], depth: int) -> str:
    pad = "\n" + INDENT * (depth + 1)
    pairs = ("," + pad).join(f"{text(name)}: {value}" for name, value in members.items())
    return "{" + pad + pairs + "\n" + INDENT * depth + "}"


def _document(name: str, value: str) -> str:
    return f'{{\n{INDENT}"{name}": {value}\n}}'
