"""JSON as TensorFlow Serving reads it: with RapidJSON, whose rules and error texts these are.

NaN, Infinity and Inf are numbers; an integer beyond 64 bits is a double; the first of two equal keys counts; what comes
after the document is ignored.
"""

from __future__ import annotations

import re

import numpy as np
import rapidjson

from server.tensorflow_serving.rest.json_writer import decimals
from server.tensorflow_serving.status import ServingError, invalid_argument

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
PARSE_ERROR = re.compile(r"Parse error at offset (\d+): (.*)", re.DOTALL)
FOLLOWED_BY_MORE = "The document root must not be followed by other values."
FLOAT_MAX = float(np.finfo(np.float32).max)
ARRAYS_IN_ONE_LINE = rapidjson.WM_PRETTY | rapidjson.WM_SINGLE_LINE_ARRAY
TOO_DEEP = "Terminate parsing due to Handler error."


class _Decoder(rapidjson.Decoder):
    def start_object(self) -> list:
        return []

    def end_object(self, members: list[tuple[str, object]]) -> dict:
        first: dict = {}
        for name, value in members:
            first.setdefault(name, value)
        return first


_decode = _Decoder(number_mode=rapidjson.NM_NAN | rapidjson.NM_NATIVE)


def read_object(body: bytes) -> dict:
    """The object in a request's body. Raises ``ServingError`` for anything else."""
    if not body:
        raise invalid_argument("JSON Parse error: The document is empty")
    document = _parse(body.removeprefix(BYTE_ORDER_MARK), len(BYTE_ORDER_MARK) * body.startswith(BYTE_ORDER_MARK))
    if not isinstance(document, dict):
        raise invalid_argument(f"JSON Value: {describe(document)} Is not object")
    return document


def _parse(text: bytes, skipped: int) -> object:
    try:
        return _decode(text)
    except UnicodeDecodeError as error:
        raise _parse_error("Invalid encoding in string.", error.start + skipped) from error
    except (rapidjson.JSONDecodeError, RecursionError) as error:
        match = PARSE_ERROR.match(str(error))
        offset, reason = (int(match[1]), match[2]) if match else (0, TOO_DEEP)
        if reason == FOLLOWED_BY_MORE:
            return _parse(text[:offset], skipped)
        raise _parse_error(TOO_DEEP if isinstance(error, RecursionError) else reason, offset + skipped) from error


def _parse_error(reason: str, offset: int) -> ServingError:
    return invalid_argument(f"JSON Parse error: {reason} at offset: {offset}")


def describe(value: object) -> str:
    """A value as error texts quote it."""
    if isinstance(value, float):
        return decimals(np.array([value], np.float32 if abs(value) <= FLOAT_MAX else np.float64))[0]
    return rapidjson.dumps(value, ensure_ascii=False, write_mode=ARRAYS_IN_ONE_LINE, number_mode=rapidjson.NM_NAN)


def type_name(value: object) -> str:
    """RapidJSON's name for the value's type."""
    if isinstance(value, bool):
        return str(value)
    names = {type(None): "Null", dict: "Object", list: "Array", str: "String", int: "Number", float: "Number"}
    return names[type(value)]
