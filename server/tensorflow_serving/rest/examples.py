"""The ``tf.Example`` messages that classify and regress take, read from JSON."""

from __future__ import annotations

from tensorflow.core.example.example_pb2 import Example
from tensorflow.core.example.feature_pb2 import Feature
from tensorflow_serving.apis.input_pb2 import Input

from server.tensorflow_serving.rest.json_reader import describe, type_name
from server.tensorflow_serving.rest.json_values import decode_base64, is_base64
from server.tensorflow_serving.status import ServingError, invalid_argument

INT64_MAX = 2**63 - 1
# The field of a Feature, by the kind of JSON value, and its name in error texts.
KINDS = {"bytes_list": "bytes", "float_list": "float", "int64_list": "int64"}


def read_examples(document: dict) -> Input:
    """What a classify or regress request gives as ``examples`` and ``context``. Raises ``ServingError``."""
    result = Input()
    added = result.example_list.examples
    if "context" in document:
        context = _example(document["context"])
        result.example_list_with_context.context.CopyFrom(context)
        added = result.example_list_with_context.examples
    if "examples" not in document:
        raise _format_error(document, "When method is classify, key 'examples' is expected and was not found")
    examples = document["examples"]
    if not isinstance(examples, list):
        raise _format_error(document, "Expecting 'examples' value to be an list/array")
    if not examples:
        raise _format_error(document, "'examples' value is an empty array")
    added.extend(_example(example) for example in examples)
    return result


def _example(value: object) -> Example:
    if not isinstance(value, dict):
        raise invalid_argument(f"Example must be JSON object but got JSON {type_name(value)}")
    example = Example()
    for name, content in value.items():
        feature = example.features.feature[name]
        for element in content if isinstance(content, list) else [content]:
            _add(feature, name, element)
    return example


def _add(feature: Feature, name: str, element: object) -> None:
    field, value = _field(name, element)
    taken = feature.WhichOneof("kind")
    if taken not in (None, field):
        raise invalid_argument(f"Unexpected element type in feature: {name} expecting type: {KINDS[taken]}")
    getattr(feature, field).value.append(value)


def _field(name: str, element: object) -> tuple[str, bytes | float | int]:
    if isinstance(element, bool):
        return "int64_list", int(element)
    if isinstance(element, float):
        return "float_list", element
    if isinstance(element, int):
        if element > INT64_MAX:
            raise invalid_argument(f"Feature: {name} has uint64 element. Only int64 is supported.")
        return "int64_list", element
    if isinstance(element, str):
        return "bytes_list", element.encode()
    if is_base64(element):
        return "bytes_list", decode_base64(element)
    raise invalid_argument(f"Feature: {name} has element with unexpected JSON type: {type_name(element)}")


def _format_error(document: dict, text: str) -> ServingError:
    return invalid_argument(f"JSON Value: {describe(document)} {text}")
