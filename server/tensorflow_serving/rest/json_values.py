"""A JSON value as a tensor: the shape comes from the nesting of its lists, the elements follow the rules of the type.

A well-formed value is converted in one go. Anything else is walked, in the order in which TensorFlow Serving walks it,
so that the error names the first thing wrong.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass
from itertools import chain

import numpy as np
from tensorflow.core.framework import types_pb2

from server.tensorflow_serving.rest.json_reader import describe, type_name
from server.tensorflow_serving.status import Code, ServingError, invalid_argument


@dataclass(frozen=True)
class Kind:
    """Which JSON values a dtype takes: Python types, and for integers the bounds; ``via`` is where NumPy starts."""

    name: str
    dtype: type
    types: frozenset[type]
    bounds: tuple[int, int] | None = None
    via: type | None = None


INT32 = (-(2**31), 2**31 - 1)
NUMBERS = frozenset({int, float})
INTEGERS = frozenset({int})
KINDS = {
    types_pb2.DT_FLOAT: Kind("float", np.float32, NUMBERS),
    types_pb2.DT_DOUBLE: Kind("double", np.float64, NUMBERS),
    # The narrow integers are checked as 32 bits and cut off, as in upstream.
    types_pb2.DT_INT8: Kind("int8", np.int8, INTEGERS, INT32, np.int64),
    types_pb2.DT_INT16: Kind("int16", np.int16, INTEGERS, INT32, np.int64),
    types_pb2.DT_UINT8: Kind("uint8", np.uint8, INTEGERS, INT32, np.int64),
    types_pb2.DT_INT32: Kind("int32", np.int32, INTEGERS, INT32),
    types_pb2.DT_INT64: Kind("int64", np.int64, INTEGERS, (-(2**63), 2**63 - 1)),
    types_pb2.DT_UINT32: Kind("uint32", np.uint32, INTEGERS, (0, 2**32 - 1)),
    types_pb2.DT_UINT64: Kind("uint64", np.uint64, INTEGERS, (0, 2**64 - 1)),
    types_pb2.DT_BOOL: Kind("bool", np.bool_, frozenset({bool})),
    types_pb2.DT_STRING: Kind("string", np.object_, frozenset({str, dict})),
}


class Irregular(Exception):
    """The tensor cannot be made in one go; walk the value to find out why."""


def dense(value: object, dtype: int) -> np.ndarray:
    """The tensor, in one go. Raises ``Irregular``."""
    kind = KINDS.get(dtype)
    shape, leaves = _unnest(value)
    if kind is None or not set(map(type, leaves)) <= kind.types:
        raise Irregular
    if kind.bounds and leaves and not kind.bounds[0] <= min(leaves) <= max(leaves) <= kind.bounds[1]:
        raise Irregular
    try:
        elements = [_bytes(leaf) for leaf in leaves] if kind.dtype is np.object_ else leaves
    except ServingError:
        raise Irregular from None
    return to_array(elements, shape, dtype)


def _unnest(value: object) -> tuple[tuple[int, ...], list]:
    """Shape and leaves of nested lists of equal lengths."""
    shape, level = [], [value]
    while level and isinstance(level[0], list):
        if set(map(type, level)) != {list} or len(sizes := set(map(len, level))) != 1:
            raise Irregular
        shape.append(sizes.pop())
        level = list(chain.from_iterable(level))
    return tuple(shape), level


def walk(value: object, dtype: int) -> tuple[tuple[int, ...], list]:
    """Shape and leaves, found value by value. Raises ``ServingError`` at the first one that does not fit."""
    shape, first = [], value
    while isinstance(first, list):
        shape.append(len(first))
        first = first[0] if first else None
    leaves: list = []
    _fill(value, 0, tuple(shape), dtype, leaves)
    return tuple(shape), leaves


def _fill(value: object, level: int, shape: tuple[int, ...], dtype: int, leaves: list) -> None:
    if not isinstance(value, list):
        if level != len(shape):
            raise invalid_argument(
                f"JSON Value: {describe(value)} found at incorrect level: {level + 1} in the JSON DOM. "
                f"Expected at level: {len(shape)}"
            )
        leaves.append(_leaf(value, dtype))
        return
    if level >= len(shape):
        raise invalid_argument(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        raise invalid_argument(
            f"Encountered list at unexpected size: {len(value)} at level: {level} expected size: {shape[level]}"
        )
    for item in value:
        _fill(item, level + 1, shape, dtype, leaves)


def _leaf(value: object, dtype: int) -> object:
    kind = _kind(dtype, value)
    if type(value) not in kind.types or (kind.bounds and not kind.bounds[0] <= value <= kind.bounds[1]):
        raise invalid_argument(
            f"JSON Value: {describe(value)} Type: {type_name(value)} is not of expected type: {kind.name}"
        )
    return _bytes(value) if kind.dtype is np.object_ else value


def _kind(dtype: int, value: object = None) -> Kind:
    try:
        return KINDS[dtype]
    except KeyError:
        name = types_pb2.DataType.Name(dtype).removeprefix("DT_").lower()
        message = f"Conversion of JSON Value: {describe(value)} to type: {name}"
        raise ServingError(Code.UNIMPLEMENTED, message) from None


def _bytes(value: str | dict) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if not is_base64(value):
        raise invalid_argument(f"JSON Value: {describe(value)} not formatted correctly for base64 data")
    return decode_base64(value)


def decode_base64(value: dict) -> bytes:
    """The bytes of ``{"b64": "…"}``: standard alphabet, padding optional, white space ignored."""
    encoded = "".join(value["b64"].split())
    if "=" not in encoded:
        encoded += "=" * (-len(encoded) % 4)
    try:
        return b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise invalid_argument("Unable to base64 decode") from None


def is_base64(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"b64"} and isinstance(value["b64"], str)


def to_array(leaves: list, shape: tuple[int, ...], dtype: int) -> np.ndarray:
    """Elements that were found to fit the type, in the tensor's shape."""
    kind = _kind(dtype)
    if kind.dtype is np.object_:
        array = np.empty(len(leaves), np.object_)
        array[:] = leaves
        return array.reshape(shape)
    with np.errstate(over="ignore"):  # a double beyond a float's range is an infinite float
        return np.array(leaves, kind.via or kind.dtype).astype(kind.dtype, copy=False).reshape(shape)
