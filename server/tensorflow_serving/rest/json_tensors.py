"""The tensors in a JSON request: ``instances``, a list of rows, or ``inputs``, one tensor each.

This module finds which value belongs to which input; how a value becomes a tensor is in ``json_values``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from server.tensorflow_serving.rest.json_reader import describe
from server.tensorflow_serving.rest.json_values import Irregular, dense, is_base64, to_array, walk
from server.tensorflow_serving.status import ServingError, invalid_argument

Types = Mapping[str, int]  # the name and DataType of each input of a signature


def signature_name(document: dict) -> str:
    """The signature that the request names, or an empty string. Raises ``ServingError``."""
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        raise invalid_argument(
            f"JSON Value: {describe(document)} not formatted correctly. 'signature_name' key must be a string value."
        )
    return name


def read_inputs(document: dict, types: Types) -> tuple[dict[str, np.ndarray], bool]:
    """The input tensors, and whether they came as rows. Raises ``ServingError``."""
    if "instances" in document and "inputs" in document:
        raise _format_error(
            document, "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "
        )
    if "instances" in document:
        return _read_rows(document, types), True
    if "inputs" in document:
        return _read_columns(document["inputs"], types), False
    raise invalid_argument("Missing 'inputs' or 'instances' key")


def _read_rows(document: dict, types: Types) -> dict[str, np.ndarray]:
    rows = document["instances"]
    if not isinstance(rows, list):
        raise _format_error(document, "Excepting 'instances' to be an list/array")
    if not rows:
        raise _format_error(document, "No values in 'instances' array")
    if not isinstance(rows[0], dict) and len(types) > 1:
        raise invalid_argument(
            "instances is a plain list, but expecting list of objects as multiple input tensors required as per "
            "tensorinfo_map"
        )
    try:
        return _rows_in_one_go(rows, types)
    except Irregular:
        return _walk_rows(rows, types)


def _rows_in_one_go(rows: list, types: Types) -> dict[str, np.ndarray]:
    if not _is_named(rows[0]):
        name = next(iter(types))
        if any(map(_is_named, rows)):
            raise Irregular
        return {name: dense(rows, types[name])}
    if not all(_is_named(row) and row.keys() == types.keys() for row in rows):
        raise Irregular
    return {name: dense([row[name] for row in rows], dtype) for name, dtype in types.items()}


def _walk_rows(rows: list, types: Types) -> dict[str, np.ndarray]:
    named = _is_named(rows[0])
    walked: dict[str, _Walked] = {}
    for index, row in enumerate(rows):
        if named != _is_named(row):
            expected, got = ("object", "list") if named else ("value/list", "object")
            raise invalid_argument(f"Expecting {expected} but got {got} at item {index} of input list")
        for name, value in row.items() if named else [(next(iter(types)), row)]:
            try:
                _add_row(walked, name, value, types)
            except ServingError as error:
                key = f" key: {name}" if named else ""
                raise invalid_argument(
                    f"Failed to process element: {index}{key} of 'instances' list. Error: {error}"
                ) from error
        if named and row.keys() != types.keys():
            raise invalid_argument(
                f"Failed to process element: {index} of 'instances' list. JSON object: {describe(row)} "
                f"keys must be equal to: {','.join(sorted(types))}"
            )
    return {name: to_array(tensor.leaves, (len(rows), *tensor.shape), types[name]) for name, tensor in walked.items()}


@dataclass
class _Walked:
    shape: tuple[int, ...]
    size: int
    leaves: list


def _add_row(walked: dict[str, _Walked], name: str, value: object, types: Types) -> None:
    if name not in types:
        raise invalid_argument(f"JSON object: does not have named input: {name}")
    shape, leaves = walk(value, types[name])
    first = walked.setdefault(name, _Walked(shape, len(leaves), []))
    if len(leaves) != first.size:
        raise invalid_argument(f"Expecting tensor size: {first.size} but got: {len(leaves)}")
    if shape != first.shape:
        raise invalid_argument(f"Expecting shape {_brackets(first.shape)} but got: {_brackets(shape)}")
    first.leaves.extend(leaves)


def _read_columns(value: object, types: Types) -> dict[str, np.ndarray]:
    if not _is_named(value):
        if len(types) > 1:
            raise invalid_argument(
                "inputs is a plain value/list, but expecting an object as multiple input tensors required as per "
                "tensorinfo_map"
            )
        name = next(iter(types))
        return {name: _column(value, types[name])}
    arrays = {}
    for name, dtype in types.items():
        if name not in value:
            raise invalid_argument(f"Missing named input: {name} in 'inputs' object.")
        arrays[name] = _column(value[name], dtype)
    return arrays


def _is_named(value: object) -> bool:
    return isinstance(value, dict) and not is_base64(value)


def _column(value: object, dtype: int) -> np.ndarray:
    try:
        return dense(value, dtype)
    except Irregular:
        shape, leaves = walk(value, dtype)
        return to_array(leaves, shape, dtype)


def _brackets(shape: tuple[int, ...]) -> str:
    return "[" + ",".join(map(str, shape)) + "]"


def _format_error(document: dict, text: str) -> ServingError:
    return invalid_argument(f"JSON Value: {describe(document)} {text}")
