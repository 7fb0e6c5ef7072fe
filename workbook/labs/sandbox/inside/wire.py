"""Values on their way between a check and the student's process: JSON, and arrays as dtype, shape and bytes.

Nothing that arrives can run code, as a pickle would. The student's process has a copy of this file beside its
runner, so it imports nothing of the course.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path

import numpy as np

ARRAY, BYTES, TUPLE, PATH = "__array__", "__bytes__", "__tuple__", "__path__"
KINDS = "biufU"  # of arrays: truth values, whole numbers, floats, text; no objects


def dump(value: object) -> bytes:
    """One line of JSON. Raises ``TypeError`` for a value that is no plain data."""
    return json.dumps(_pack(value)).encode() + b"\n"


def load(line: bytes) -> object:
    """The value of a line. Raises ``ValueError`` for anything that ``dump`` does not write."""
    try:
        return _unpack(json.loads(line))
    except Exception as error:  # NumPy alone has a dozen ways to refuse a dtype
        raise ValueError(f"no value can be read from it: {error}") from error


def _pack(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        array = np.ascontiguousarray(value)
        if array.dtype.kind not in KINDS:
            raise TypeError(f"an array of {array.dtype} cannot be sent")
        content = base64.b64encode(array.tobytes()).decode()
        return {ARRAY: content, "dtype": array.dtype.str, "shape": list(np.shape(value))}
    if isinstance(value, bytes | Path):
        return {PATH: str(value)} if isinstance(value, Path) else {BYTES: base64.b64encode(value).decode()}
    if dataclasses.is_dataclass(value):
        return {field.name: _pack(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _pack(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_pack(item) for item in value]
        return {TUPLE: items} if isinstance(value, tuple) else items
    return _plain(value)


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a {type(value).__name__} cannot be sent")


def _unpack(value: object) -> object:
    if isinstance(value, list):
        return [_unpack(item) for item in value]
    if not isinstance(value, dict):
        return value
    for mark, read in READERS.items():
        if mark in value:
            return read(value)
    return {key: _unpack(item) for key, item in value.items()}


def _array(value: dict) -> np.ndarray:
    dtype = np.dtype(value["dtype"])
    if dtype.kind not in KINDS:
        raise ValueError(f"no array of {dtype} is taken")
    return np.frombuffer(base64.b64decode(value[ARRAY]), dtype).reshape(value["shape"]).copy()


READERS = {
    ARRAY: _array,
    BYTES: lambda value: base64.b64decode(value[BYTES]),
    PATH: lambda value: Path(value[PATH]),
    TUPLE: lambda value: tuple(_unpack(item) for item in value[TUPLE]),
}
