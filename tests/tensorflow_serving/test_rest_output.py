"""REST: numbers and layout of answers, status, metadata, classify, regress. Cases O01 to O12, S01 to S08, C01 to C30."""

# ruff: noqa: E501 - a case is a line

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.tensorflow_serving.rest.json_writer import decimals
from tests.tensorflow_serving.running import TESTDATA, numbered

# number, dtype, what is sent, what comes back
NUMBERS = [
    ("O01", "float", "9000000", "9e+06"),
    ("O02", "float", "999999", "999999.0"),
    ("O03", "float", "0.3333333333", "0.333333343"),
    ("O04", "float", "0.2", "0.2"),
    ("O05", "float", "1", "1.0"),
    ("O06", "float", "-0.0", "-0.0"),
    ("O07", "float", "16777217", "16777216.0"),
    ("O08", "float", "1e39", "Infinity"),
    ("O09", "float", "-Inf", "-Infinity"),
    ("O10", "float", "NaN", "NaN"),
    ("O11", "double", "0.3333333333333333", "0.33333333333333331"),
    ("O12", "double", "1e300", "1e+300"),
]


@pytest.mark.parametrize(("dtype", "sent", "written"), numbered(NUMBERS))
def test_number(serving, dtype, sent, written):
    response = serving.post("types:predict", f'{{"signature_name": "{dtype}", "instances": [{sent}]}}')
    assert response.text == f'{{\n    "predictions": [{written}\n    ]\n}}'


@given(st.lists(st.floats(width=32), min_size=1))
def test_a_float_reads_back_as_itself(numbers):
    values = np.array(numbers, np.float32)
    texts = decimals(values)
    assert np.array_equal(np.array(texts, np.float64).astype(np.float32), values, equal_nan=True)
    assert all(set(text) & set(".eNI") for text in texts)


def test_o13_rows_stand_in_a_line_and_columns_break_at_each_value(serving):
    rows = serving.post("default:predict", '{"instances": [[1], [2]]}')
    assert rows.text == '{\n    "predictions": [[2.5], [3.0]\n    ]\n}'
    columns = serving.post("default:predict", '{"inputs": [[1], [2]]}')
    indented = json.dumps({"outputs": [[2.5], [3.0]]}, indent=4)
    assert columns.text == indented


def test_s01_status_of_all_versions_highest_first(serving):
    entries = serving.get("default").json()["model_version_status"]
    well = {"state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    assert entries == [{"version": "124", **well}, {"version": "123", **well}]


# number, path, status, error
STATUS_ERRORS = [
    ("S02", "nope", 404, "Could not find any versions of model nope"),
    ("S03", "default/versions/99", 404, "Could not find version 99 of model default"),
    ("S04", "nope/labels/beta", 404, "Could not find any versions of model nope"),
    ("S05", "nope/metadata", 404, "Servable not found for request: Latest(nope)"),
    ("S06", "default/versions/99/metadata", 404, "Servable not found for request: Specific(default, 99)"),
]


@pytest.mark.parametrize(("path", "status", "text"), numbered(STATUS_ERRORS))
def test_status_error(serving, path, status, text):
    response = serving.get(path)
    assert (response.status_code, response.json()) == (status, {"error": text})


def test_s07_status_of_one_version_and_by_any_label_of_all(serving):
    for path, versions in {
        "default/versions/123": ["123"],
        "default/labels/stable": ["124", "123"],
        "default/labels/beta": ["124", "123"],
    }.items():
        assert [entry["version"] for entry in serving.get(path).json()["model_version_status"]] == versions


def test_s08_metadata_is_upstreams(serving):
    expected = json.loads((TESTDATA / "saved_model_half_plus_two_2_versions_metadata.json").read_text())
    actual = serving.get("default/labels/stable/metadata").json()
    assert actual["metadata"] == expected["metadata"]
    assert actual["model_spec"] == {"name": "default", "signature_name": "", "version": "123"}


def test_s09_the_metadata_of_a_tf2_model_has_its_init_signature_and_its_defaults(serving):
    signatures = serving.get("tf2/metadata").json()["metadata"]["signature_def"]["signature_def"]
    assert "__saved_model_init_op" in signatures
    assert signatures["serving_default"]["defaults"]["x"]["dtype"] == "DT_FLOAT"


CLASSIFY_X = '"signature_name": "classify_x_to_y"'
REGRESS_X = '"signature_name": "regress_x_to_y"'
CARS = [["car", 0.2], ["bike", 0.7], ["bus", 0.1]]
# number, path, body, results
RESULTS = [
    ("C01", "default:classify", f'{{{CLASSIFY_X}, "examples": [{{"x": 1.0}}, {{"x": 2.0}}]}}', [[["", 2.5]], [["", 3.0]]]),
    ("C02", "default:classify", f'{{{CLASSIFY_X}, "examples": [{{"x": [1.0]}}]}}', [[["", 2.5]]]),
    ("C03", "default:regress", f'{{{REGRESS_X}, "examples": [{{"x": 1.0}}, {{"x": 2.0}}]}}', [2.5, 3.0]),
    ("C04", "default:regress", f'{{{REGRESS_X}, "context": {{"x": 1.0}}, "examples": [{{}}, {{}}]}}', [2.5, 2.5]),
    ("C05", "default/versions/123:regress", f'{{{REGRESS_X}, "examples": [{{"x": 1.0}}]}}', [2.5]),
    ("C06", "default/labels/stable:regress", f'{{{REGRESS_X}, "examples": [{{"x": 1.0}}]}}', [2.5]),
    ("C07", "labels:classify", '{"examples": [{"x": 1.0}]}', [CARS]),
    ("C08", "labels:classify", '{"signature_name": "classes_only", "examples": [{"x": 1.0}]}', [[["car", 0.0], ["bike", 0.0]]]),
    ("C09", "labels:regress", '{"signature_name": "regress", "examples": [{"x": 1.0}]}', [10.0]),
    ("C10", "default:regress", f'{{{REGRESS_X}, "examples": [{{"x": 1e39, "y": ["a", {{"b64": "YQ"}}], "z": [1, true]}}]}}', [float("inf")]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "results"), numbered(RESULTS))
def test_results(serving, path, body, results):
    response = serving.post(path, body)
    assert (response.status_code, response.json()) == (200, {"results": results})


EXAMPLES = '"signature_name": "{}", "examples": {}'
# number, path, body, status, error
ERRORS = [
    ("C11", "nope:classify", "x", 400, "JSON Parse error: Invalid value. at offset: 0"),
    ("C12", "nope:classify", '{"signature_name": 1}', 400, "'signature_name' key must be a string value."),
    ("C13", "nope:classify", "{}", 400, "When method is classify, key 'examples' is expected and was not found"),
    ("C14", "nope:regress", "{}", 400, "When method is classify, key 'examples' is expected and was not found"),
    ("C15", "nope:classify", '{"examples": {}}', 400, "Expecting 'examples' value to be an list/array"),
    ("C16", "nope:classify", '{"examples": []}', 400, "'examples' value is an empty array"),
    ("C17", "nope:classify", '{"examples": [1]}', 400, "Example must be JSON object but got JSON Number"),
    ("C18", "nope:classify", '{"context": [], "examples": [{}]}', 400, "Example must be JSON object but got JSON Array"),
    ("C19", "nope:classify", '{"examples": [{"x": null}]}', 400, "Feature: x has element with unexpected JSON type: Null"),
    ("C20", "nope:classify", '{"examples": [{"x": [[1]]}]}', 400, "Feature: x has element with unexpected JSON type: Array"),
    ("C21", "nope:classify", '{"examples": [{"x": [1.5, 1]}]}', 400, "Unexpected element type in feature: x expecting type: float"),
    ("C22", "nope:classify", '{"examples": [{"x": [1, "a"]}]}', 400, "Unexpected element type in feature: x expecting type: int64"),
    ("C23", "nope:classify", f'{{"examples": [{{"x": {2**63}}}]}}', 400, "Feature: x has uint64 element. Only int64 is supported."),
    ("C24", "nope:classify", '{"examples": [{"x": 1}]}', 404, "Servable not found for request: Latest(nope)"),
    ("C25", "default:classify", '{"signature_name": "s", "examples": [{"x": 1.0}]}', 400, "No signature was found with the name: s"),
    ("C26", "default:classify", '{"examples": [{"x": 1.0}]}', 400, "No classification inputs found in SignatureDef: "),
    ("C27", "labels:classify", '{"signature_name": "scores_3d", "examples": [{"x": 1.0}]}', 400, "Expected Tensor shape: [batch_size num_classes] but got [1,1,1]"),
    ("C28", "labels:regress", '{"signature_name": "regress_2col", "examples": [{"x": 1.0}]}', 400, "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got [1,2]"),
    ("C29", "default:regress", f'{{{REGRESS_X}, "examples": [{{"x": 2}}]}}', 400, "Data types don't match. "),
    ("C30", "labels:classify", '{"examples": [{}]}', 400, "Feature: x (data type: float) is required but could not be found."),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "status", "text"), numbered(ERRORS))
def test_error(serving, path, body, status, text):
    response = serving.post(path, body)
    assert response.status_code == status
    assert text in response.json()["error"]
