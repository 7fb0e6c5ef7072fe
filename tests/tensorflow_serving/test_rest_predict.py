"""REST predict: what a request may be, in which order it is checked, and what each mistake is called. P01 to P88."""

# ruff: noqa: E501 - a case is a line

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.tensorflow_serving.running import TESTDATA, numbered

ROW_ERROR = "Failed to process element: {} of 'instances' list. Error: INVALID_ARGUMENT: "
TYPE_ERROR = "JSON Value: {} Type: {} is not of expected type: {}"
NOT_FOUND = "Servable not found for request: "


def types(signature: str, values: str, form: str = "instances") -> str:
    return f'{{"signature_name": "{signature}", "{form}": {values}}}'


MULTI_ROW = '{"dbl_tensor": 1.5, "float_tensor": 2, "int_tensor": 3, "str_tensor": "x"}'
MULTI_ROW_OUT = {
    "dbl_tensor": 1.5,
    "float_tensor": 2.0,
    "int_tensor": 3,
    "str_tensor": "x",
    "str_tensor_bytes": {"b64": "eA=="},
}
MULTI_KEYS = "keys must be equal to: dbl_tensor,float_tensor,int_tensor,str_tensor"

# number, model, body, and what it gives: "predictions" or "outputs"
ANSWERS = [
    ("P01", "default", '{"instances": [1.0, 2.0, 5.0]}', {"predictions": [2.5, 3.0, 4.5]}),
    ("P02", "default", '{"instances": [[1.0], [2]]}', {"predictions": [[2.5], [3.0]]}),
    ("P03", "default", '{"instances": [{"x": 1.0}, {"x": 2.0}]}', {"predictions": [2.5, 3.0]}),
    ("P04", "default", '{"inputs": [1.0, 2.0]}', {"outputs": [2.5, 3.0]}),
    ("P05", "default", '{"inputs": {"x": [[1.0], [2.0]]}}', {"outputs": [[2.5], [3.0]]}),
    ("P06", "default", '{"inputs": 1.0}', {"outputs": 2.5}),
    ("P07", "default", '{"inputs": {"x": [1.0], "more": "ignored"}}', {"outputs": [2.5]}),
    ("P08", "default", '{"instances": [1.0], "more": ["ignored"]}', {"predictions": [2.5]}),
    ("P09", "default", '{"signature_name": "", "instances": [1.0]}', {"predictions": [2.5]}),
    ("P10", "default", '{"instances": [1.0]} and so on', {"predictions": [2.5]}),
    ("P11", "default", '{"instances": [1.0], "instances": [2.0]}', {"predictions": [2.5]}),
    ("P12", "default", '{"instances": [{"x": 1.0, "x": 2.0}]}', {"predictions": [2.5]}),
    ("P13", "default", '\ufeff{"instances": [1.0]}', {"predictions": [2.5]}),
    ("P14", "three", '{"instances": [1, 2]}', {"predictions": [3.5, 4.0]}),
    ("P15", "multi", f'{{"instances": [{MULTI_ROW}]}}', {"predictions": [MULTI_ROW_OUT]}),
    ("P16", "multi", f'{{"inputs": {MULTI_ROW}}}', {"outputs": MULTI_ROW_OUT}),
    ("P17", "types", types("int64", f"[{2**63 - 1}]"), {"predictions": [2**63 - 1]}),
    ("P18", "types", types("uint64", f"[{2**64 - 1}]"), {"predictions": [2**64 - 1]}),
    ("P19", "types", types("uint32", f"[{2**32 - 1}]"), {"predictions": [2**32 - 1]}),
    ("P20", "types", types("int8", "[-1, 300]"), {"predictions": [-1, 44]}),
    ("P21", "types", types("uint8", "[255, -1]"), {"predictions": [255, 255]}),
    ("P22", "types", types("int16", "[7]"), {"predictions": [7]}),
    ("P23", "types", types("bool", "[true, false]"), {"predictions": [True, False]}),
    ("P24", "types", types("string", '["a", "ä", ""]'), {"predictions": ["a", "ä", ""]}),
    ("P25", "types", types("string", '["a", {"b64": "YWI="}]'), {"predictions": ["a", "ab"]}),
    ("P26", "types", types("string", '[{"b64": "YWI"}]'), {"predictions": ["ab"]}),
    ("P27", "types", types("string", '[{"b64": " Y W\\nI = "}]'), {"predictions": ["ab"]}),
    ("P28", "types", types("string", '{"b64": "YWI="}', "inputs"), {"outputs": "ab"}),
    ("P29", "types", types("string_bytes", '["ab"]'), {"predictions": [{"b64": "YWI="}]}),
    ("P30", "types", types("string_bytes", '[{"b64": "//8="}]'), {"predictions": [{"b64": "//8="}]}),
    ("P31", "types", types("int32", "[]", "inputs"), {"outputs": []}),
    ("P32", "types", types("int32", "[[], []]"), {"predictions": [[], []]}),
    (
        "P33",
        "types",
        types("two_out", "[1, 2]"),
        {"predictions": [{"twice": 2, "thrice": 3}, {"twice": 4, "thrice": 6}]},
    ),
    ("P34", "types", types("two_out", "[1]", "inputs"), {"outputs": {"twice": [2], "thrice": [3]}}),
    ("P35", "types", types("zero_batch", "[1]"), {"predictions": []}),
    ("P36", "types", types("scalar_out", "[1, 2]", "inputs"), {"outputs": 3.0}),
    ("P38", "tf2", '{"instances": [1.0]}', {"predictions": [2.5]}),
]

# number, model, body, status, error
ERRORS = [
    ("P39", "default", "", 400, "JSON Parse error: The document is empty"),
    ("P40", "default", "x", 400, "JSON Parse error: Invalid value. at offset: 0"),
    ("P41", "default", '{"instances": [1.0}', 400, "JSON Parse error: Missing a comma or ']' after an array element. at offset: 18"),
    ("P42", "default", '{"ä": [1.0}', 400, "JSON Parse error: Missing a comma or ']' after an array element. at offset: 11"),
    ("P43", "default", '{"instances": [1e999]}', 400, "JSON Parse error: Number too big to be stored in double. at offset: 15"),
    ("P44", "default", "[1.0]", 400, "JSON Value: [1.0] Is not object"),
    ("P45", "nope", "x", 400, "JSON Parse error: Invalid value. at offset: 0"),
    ("P46", "nope", '{"signature_name": 1}', 400, "'signature_name' key must be a string value."),
    ("P47", "nope", '{"signature_name": "s"}', 404, NOT_FOUND + "Latest(nope)"),
    ("P48", "default/versions/99", '{"instances": [1]}', 404, NOT_FOUND + "Specific(default, 99)"),
    ("P49", "default/labels/beta", '{"instances": [1]}', 400, "Unrecognized servable version label: beta"),
    ("P50", "default", '{"signature_name": "s"}', 400, 'Serving signature name: "s" not found in signature def'),
    ("P51", "counter", "{}", 400, 'Serving signature name: "serving_default" not found in signature def'),
    ("P52", "counter", types("get_counter", "[]"), 400, "Failed to get input map for signature: get_counter"),
    ("P53", "default", "{}", 400, "Missing 'inputs' or 'instances' key"),
    ("P54", "default", '{"inputs": [1], "instances": [1]}', 400, "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "),
    ("P55", "default", '{"instances": 1}', 400, "Excepting 'instances' to be an list/array"),
    ("P56", "default", '{"instances": []}', 400, "No values in 'instances' array"),
    ("P57", "default", '{"instances": ["x"]}', 400, ROW_ERROR.format(0) + TYPE_ERROR.format('"x"', "String", "float")),
    ("P58", "default", '{"instances": [1, null]}', 400, ROW_ERROR.format(1) + TYPE_ERROR.format("null", "Null", "float")),
    ("P59", "default", '{"instances": [true]}', 400, ROW_ERROR.format(0) + TYPE_ERROR.format("true", "True", "float")),
    ("P60", "default", '{"instances": [{"b64": "YQ=="}]}', 400, "Type: Object is not of expected type: float"),
    ("P61", "types", types("int32", "[1.0]"), 400, ROW_ERROR.format(0) + TYPE_ERROR.format("1.0", "Number", "int32")),
    ("P62", "types", types("bool", "[1]"), 400, ROW_ERROR.format(0) + TYPE_ERROR.format("1", "Number", "bool")),
    ("P63", "types", types("uint32", "[-1]", "inputs"), 400, TYPE_ERROR.format("-1", "Number", "uint32")),
    ("P64", "types", types("int32", f"[{2**31}]", "inputs"), 400, TYPE_ERROR.format(2**31, "Number", "int32")),
    ("P65", "types", types("half", "[1.5]", "inputs"), 501, "Conversion of JSON Value: 1.5 to type: half"),
    ("P66", "types", types("uint16", "[1]", "inputs"), 501, "Conversion of JSON Value: 1 to type: uint16"),
    ("P67", "types", types("string", '[{"b64": "_-8="}]'), 400, ROW_ERROR.format(0) + "Unable to base64 decode"),
    ("P68", "default", '{"instances": [[1], [2, 3]]}', 400, ROW_ERROR.format(1) + "Expecting tensor size: 1 but got: 2"),
    ("P69", "default", '{"instances": [[1], [[2]]]}', 400, ROW_ERROR.format(1) + "Expecting shape [1] but got: [1,1]"),
    ("P70", "default", '{"inputs": [[1], 2]}', 400, "JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2"),
    ("P71", "default", '{"inputs": [1, [2]]}', 400, "Encountered list at unexpected level: 1 expected < 1"),
    ("P72", "default", '{"inputs": [[1], [2, 3]]}', 400, "Encountered list at unexpected size: 2 at level: 1 expected size: 1"),
    ("P73", "default", '{"instances": [{"z": 1}]}', 400, "Failed to process element: 0 key: z of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have named input: z"),
    ("P74", "default", '{"instances": [{"x": 1}, 2]}', 400, "Expecting object but got list at item 1 of input list"),
    ("P75", "default", '{"instances": [1, {"x": 2}]}', 400, "Expecting value/list but got object at item 1 of input list"),
    ("P76", "multi", '{"instances": [{"int_tensor": 1}]}', 400, MULTI_KEYS),
    ("P77", "multi", '{"instances": [1]}', 400, "instances is a plain list, but expecting list of objects as multiple input tensors"),
    ("P78", "multi", '{"inputs": [1]}', 400, "inputs is a plain value/list, but expecting an object as multiple input tensors"),
    ("P79", "multi", '{"inputs": {"dbl_tensor": 1}}', 400, "Missing named input: float_tensor in 'inputs' object."),
    ("P80", "types", types("scalar_out", "[1]"), 400, "Tensor name: out has no shape information "),
    ("P81", "types", types("bad_batch", "[1]"), 400, "has inconsistent batch size: 2 expecting: 1"),
    ("P82", "types", types("complex_out", "[1]"), 400, "Failed to write JSON value for tensor type: complex64"),
    ("P83", "lenet", '{"instances": [[[0]]]}', 400, "convolution input must be 4-dimensional"),
    ("P84", "default", '{"instances": ["\\ud800"]}', 400, "JSON Parse error: The surrogate pair in string is invalid."),
    ("P85", "default", '{"instances": ' + "[" * 2000 + "]" * 2000 + "}", 400, "JSON Parse error: "),
]  # fmt: skip


@pytest.mark.parametrize(("model", "body", "expected"), numbered(ANSWERS))
def test_answer(serving, model, body, expected):
    response = serving.post(f"{model}:predict", body.encode())
    assert (response.status_code, response.json()) == (200, expected)


@pytest.mark.parametrize(("model", "body", "status", "text"), numbered(ERRORS))
def test_error(serving, model, body, status, text):
    response = serving.post(f"{model}:predict", body.encode())
    assert response.status_code == status, response.text
    assert list(response.json()) == ["error"]
    assert text in response.json()["error"]


def test_p37_a_model_with_a_state(serving):
    counts = [serving.post("counter:predict", types("incr_counter_by", "1.5", "inputs")).json() for _ in range(2)]
    assert counts[1]["outputs"] - counts[0]["outputs"] == 1.5


def test_p86_text_that_is_not_utf_8_is_a_parse_error(serving):
    response = serving.post("default:predict", b'{"a": "\xff"}')
    assert response.status_code == 400
    assert response.json()["error"] == "JSON Parse error: Invalid encoding in string. at offset: 7"


@pytest.mark.parametrize("form", ["instances", "inputs"])
def test_p87_the_golden_lenet(serving, form):
    # The pattern that the golden scores were computed from.
    images = (np.arange(2 * 784) % 17 / 16).reshape(2, 28, 28, 1)
    golden = json.loads((TESTDATA / "lenet_golden.json").read_text())["outputs"]["output_0"]
    answer = serving.post("lenet:predict", {form: images.tolist()}).json()
    assert np.abs(np.array(answer["predictions" if form == "instances" else "outputs"]) - golden).max() < 1e-6


@pytest.mark.parametrize("shape", [(), (28, 28), (1, 28, 28), (1, 27, 28, 1), (1, 28, 28, 3), (1, 1, 28, 28, 1)])
def test_p88_a_wrong_shape_is_an_error_and_not_the_end_of_the_process(serving, shape):
    response = serving.post("lenet:predict", {"inputs": np.zeros(shape).tolist()})
    assert response.status_code in (400, 501)
    assert serving.process.poll() is None
