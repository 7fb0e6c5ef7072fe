"""Values sent between a check and the student's process: JSON, and arrays as dtype, shape and bytes.

Nothing that arrives can run code, as a pickle would. Of what is not plain data, such as a generator, only the kind
arrives: a check can then say what it got. The student's process has a copy of this file beside its runner, so it
imports nothing of the course.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path

import numpy as np

ARRAY, BYTES, TUPLE, PATH, OTHER = "__array__", "__bytes__", "__tuple__", "__path__", "__other__"
NAME_CHARACTERS = 100  # of a kind
KINDS = "biufU"  # of arrays: booleans, whole numbers, floats, text; no objects


class Other:
    """Represents a value that is not plain data by its ``kind``, such as "generator"."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"{'an' if self.kind[:1].lower() in 'aeiou' else 'a'} {self.kind}"


def dump(value: object) -> bytes:
    """One line of JSON."""
    return json.dumps(_pack(value)).encode() + b"\n"


def load(line: bytes) -> object:
    """The value of a line. Raises ``ValueError`` for anything that ``dump`` does not write."""
    try:
        return _unpack(json.loads(line))
    except Exception as error:  # NumPy alone has a dozen ways of refusing a dtype
        raise ValueError(f"no value can be read from it: {error}") from error


def _pack(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return _packed_array(value)
    if isinstance(value, bytes | Path):
        return {PATH: str(value)} if isinstance(value, Path) else {BYTES: base64.b64encode(value).decode()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _pack(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _pack(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_pack(item) for item in value]
        return {TUPLE: items} if isinstance(value, tuple) else items
    return _plain(value)


def _packed_array(value: np.ndarray | np.generic) -> dict:
    array = np.ascontiguousarray(value)
    if array.dtype.kind not in KINDS:
        return {OTHER: f"NumPy array of {array.dtype}"}
    content = base64.b64encode(array.tobytes()).decode()
    return {ARRAY: content, "dtype": array.dtype.str, "shape": list(np.shape(value))}


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return {OTHER: value.kind if isinstance(value, Other) else type(value).__name__}


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
    OTHER: lambda value: Other(str(value[OTHER])[:NAME_CHARACTERS]),
}
