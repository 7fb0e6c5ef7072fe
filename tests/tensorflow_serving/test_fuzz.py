"""Malformed requests, made up by the hundred: each gets an answer, the right kind of one, and the server goes on.

``MODEL_SERVER_FUZZ=5000`` asks for so many of each kind.
"""

from __future__ import annotations

import http.client
import json
import os

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest
from tensorflow_serving.apis.inference_pb2 import MultiInferenceRequest
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.regression_pb2 import RegressionRequest

from tests.tensorflow_serving.conftest import MODELS
from tests.tensorflow_serving.running import SECONDS

EXAMPLES = int(os.environ.get("MODEL_SERVER_FUZZ", "150"))
fuzzed = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=EXAMPLES < 1000
)
GRPC_CODES = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.UNIMPLEMENTED,
}
HTTP_STATUSES = {200, 400, 404, 501}

names = st.sampled_from([*MODELS, "nope", ""])
signatures = st.sampled_from(
    ["", "serving_default", "classify_x_to_y", "regress_x_to_y", "string", "int64", "half", "bad_batch", "incr_counter"]
)
keys = st.sampled_from(["x", "image", "default", "inputs", "b64", "float_tensor", "delta"]) | st.text(max_size=3)
numbers = st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from([0, 1, 1.5, 2**31, 2**63, 1e39])
scalars = st.none() | st.booleans() | numbers | st.text(max_size=5)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=3), max_leaves=12
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "signature_name": signatures | scalars,
        "instances": st.lists(values, max_size=3) | values,
        "inputs": values,
        "examples": st.lists(st.dictionaries(keys, values, max_size=3), max_size=3) | values,
        "context": st.dictionaries(keys, values, max_size=2) | values,
    },
)
methods = st.sampled_from(["predict", "classify", "regress"])


def mangled(text: bytes) -> st.SearchStrategy[bytes]:
    """The text with a piece of it cut out, doubled or replaced."""
    at = st.integers(0, len(text))
    return st.builds(lambda start, end, piece: text[:start] + piece + text[end:], at, at, st.binary(max_size=4))


bodies = documents.map(lambda document: json.dumps(document).encode())


def check(serving, path: str, body: bytes) -> None:
    response = serving.http.post(serving.url + path, data=body, timeout=SECONDS)
    assert response.status_code in HTTP_STATUSES, (path, body, response.text)
    if response.status_code != 200:
        assert list(response.json()) == ["error"]
    else:
        assert next(iter(response.json())) in ("predictions", "outputs", "results")


@fuzzed
@given(names.filter(bool), methods, bodies)
def test_requests_that_are_json(serving, name, method, body):
    check(serving, f"/v1/models/{name.replace(' ', '%20')}:{method}", body)


@fuzzed
@given(names.filter(bool), methods, bodies.flatmap(mangled) | st.binary(max_size=60))
def test_requests_that_are_hardly_json(serving, name, method, body):
    check(serving, f"/v1/models/{name.replace(' ', '%20')}:{method}", body)


pieces = st.sampled_from(
    ["v1", "models", "default", "versions", "labels", "123", "stable", "metadata", ":predict", "%2F"]
)
paths = st.lists(pieces | st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=4), max_size=7)


@fuzzed
@given(st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "FOO"]), paths)
def test_paths(serving, method, parts):
    connection = http.client.HTTPConnection(serving.url.removeprefix("http://"), timeout=SECONDS)
    connection.request(method, "/" + "/".join(parts), b'{"instances": [1.0]}')
    response = connection.getresponse()
    assert response.status in HTTP_STATUSES
    response.read()
    connection.close()


dimensions = st.integers(-2, 5) | st.sampled_from([2**20, 2**31, 2**62, -(2**63)])
dtypes = st.integers(0, 26) | st.integers(100, 110)


@st.composite
def tensors(draw) -> TensorProto:
    tensor = TensorProto(dtype=draw(st.just(1) | dtypes))
    for size in draw(st.lists(dimensions, max_size=5)):
        tensor.tensor_shape.dim.add(size=size)
    tensor.tensor_shape.unknown_rank = draw(st.integers(0, 9)) == 9
    tensor.float_val.extend(draw(st.lists(st.floats(width=32), max_size=5)))
    tensor.int_val.extend(draw(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=3)))
    tensor.string_val.extend(draw(st.lists(st.binary(max_size=3), max_size=3)))
    tensor.tensor_content = draw(st.just(b"") | st.binary(max_size=16))
    return tensor


@st.composite
def predict_requests(draw) -> PredictRequest:
    request = PredictRequest()
    spec = request.model_spec
    spec.name, spec.signature_name = draw(names), draw(signatures)
    if draw(st.booleans()):
        spec.version.value = draw(st.sampled_from([1, 123, -1, 2**63 - 1]))
    for key, tensor in draw(st.dictionaries(keys, tensors(), max_size=2)).items():
        request.inputs[key].CopyFrom(tensor)
    request.output_filter.extend(draw(st.lists(st.sampled_from(["y", "out", "z"]), max_size=2)))
    return request


def check_rpc(call, request) -> None:
    try:
        call(request, timeout=SECONDS)
    except grpc.RpcError as error:
        assert error.code() in GRPC_CODES, (error, request)


@fuzzed
@given(predict_requests())
def test_predict_over_grpc(serving, message):
    check_rpc(serving.predictions.Predict, message)


@fuzzed
@given(
    st.sampled_from(["Classify", "Regress", "MultiInference"]),
    names,
    signatures,
    st.lists(st.binary(max_size=12), max_size=2),
)
def test_examples_over_grpc(serving, method, name, signature, examples):
    types = {"Classify": ClassificationRequest, "Regress": RegressionRequest, "MultiInference": MultiInferenceRequest}
    request = types[method]()
    spec = (
        request.tasks.add(method_name="tensorflow/serving/regress").model_spec
        if method == "MultiInference"
        else request.model_spec
    )
    spec.name, spec.signature_name = name, signature
    for text in examples:
        request.input.example_list.examples.add().features.feature["x"].bytes_list.value.append(text)
    check_rpc(getattr(serving.predictions, method), request)


@fuzzed
@given(st.sampled_from(["Predict", "Classify", "MultiInference", "GetModelMetadata"]), st.binary(max_size=40))
def test_bytes_that_are_no_message(serving, method, message):
    call = serving.channel.unary_unary(
        f"/tensorflow.serving.PredictionService/{method}",
        request_serializer=lambda raw: raw,
        response_deserializer=lambda raw: raw,
    )
    try:
        call(message, timeout=SECONDS)
    except grpc.RpcError as error:
        # What cannot be parsed never reaches a service: gRPC itself calls it INTERNAL.
        assert error.code() in {*GRPC_CODES, grpc.StatusCode.INTERNAL}, (error, message)


@pytest.fixture(autouse=True)
def still_serving(serving):
    yield
    assert serving.process.poll() is None, serving.log.read_text()
    assert serving.post("default:predict", {"instances": [1.0]}).json() == {"predictions": [2.5]}
    assert "Traceback" not in serving.log.read_text()
