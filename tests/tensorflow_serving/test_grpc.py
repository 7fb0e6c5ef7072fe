"""gRPC: PredictionService and ModelService. Cases G01 to G48."""

# ruff: noqa: E501 - a case is a line

from __future__ import annotations

from operator import attrgetter

import grpc
import numpy as np
import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest, SignatureDefMap
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest
from tensorflow_serving.apis.inference_pb2 import MultiInferenceRequest
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.regression_pb2 import RegressionRequest

from server.tensorflow_serving.execution.tensors import ENCODINGS, from_proto, to_proto
from tests.tensorflow_serving.running import SECONDS, numbered

STATUS = grpc.StatusCode
DEFAULT = 'model_spec { name: "default" } '
X = 'inputs { key: "x" value { dtype: DT_FLOAT tensor_shape { dim { size: 1 } } float_val: 2 } } '
EXAMPLE = """input { example_list { examples { features { feature {
    key: "x" value { float_list { value: 2 } } } } } } } """


def call(stub, method: str, request, text: str, seconds: float = SECONDS):
    return getattr(stub, method)(text_format.Parse(text, request), timeout=seconds)


def predict(serving, text: str):
    return call(serving.predictions, "Predict", PredictRequest(), text)


# number, request, the values of y
ANSWERS = [
    ("G01", DEFAULT + X, [3.0]),
    ("G02", 'model_spec { name: "default" signature_name: "serving_default" } ' + X, [3.0]),
    ("G03", 'model_spec { name: "default" version { value: 123 } } ' + X, [3.0]),
    ("G04", 'model_spec { name: "default" version_label: "stable" } ' + X, [3.0]),
    ("G05", DEFAULT + X + 'output_filter: "y"', [3.0]),
    ("G06", 'model_spec { name: "tf2" }', [2.0]),
    ("G07", DEFAULT + X.replace("float_val: 2", 'tensor_content: "\\000\\000\\000@"'), [3.0]),
    ("G08", DEFAULT + X.replace("size: 1", "size: 3"), [3.0, 3.0, 3.0]),
    ("G09", DEFAULT + X.replace("float_val: 2", ""), [2.0]),
]


@pytest.mark.parametrize(("text", "values"), numbered(ANSWERS))
def test_predict(serving, text, values):
    output = predict(serving, text).outputs["y"]
    assert list(output.float_val) == values
    assert not output.tensor_content


def test_g10_the_answer_names_signature_and_version(serving):
    spec = predict(serving, DEFAULT + X).model_spec
    assert (spec.name, spec.signature_name, spec.version.value) == ("default", "serving_default", 124)


NOT_FOUND = "Servable not found for request: "
# number, request, code, message
ERRORS = [
    ("G11", "", STATUS.INVALID_ARGUMENT, "Missing ModelSpec"),
    ("G12", "model_spec { }", STATUS.INVALID_ARGUMENT, "ModelSpec has no name specified."),
    ("G13", 'model_spec { name: "m" }', STATUS.NOT_FOUND, NOT_FOUND + "Latest(m)"),
    ("G14", 'model_spec { name: "m" version { value: 99 } }', STATUS.NOT_FOUND, NOT_FOUND + "Specific(m, 99)"),
    ("G15", 'model_spec { name: "default" version_label: "l" }', STATUS.INVALID_ARGUMENT, "Unrecognized servable version label: l"),
    ("G16", 'model_spec { name: "default" signature_name: "s" }', STATUS.FAILED_PRECONDITION, 'Serving signature key "s" not found.'),
    ("G17", DEFAULT, STATUS.INVALID_ARGUMENT, "input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but required: {x}."),
    ("G18", DEFAULT + X + X.replace('"x"', '"z"'), STATUS.INVALID_ARGUMENT, "input size does not match signature: 2!=1 len({x,z}) != len({x}). Sent extra: {z}. Missing but required: {}."),
    ("G19", DEFAULT + X.replace('"x"', '"z"'), STATUS.INVALID_ARGUMENT, "input tensor alias not found in signature: z. Inputs expected to be in the set {x}."),
    ("G20", DEFAULT + X + 'output_filter: "z"', STATUS.INVALID_ARGUMENT, "output tensor alias not found in signature: z Outputs expected to be in the set {y}."),
    ("G21", DEFAULT + X + 'output_filter: ["y", "y"]', STATUS.INVALID_ARGUMENT, "duplicate output tensor alias: y"),
    ("G22", DEFAULT + X.replace("size: 1", "size: -1"), STATUS.INVALID_ARGUMENT, "tensor parsing error: x"),
    ("G23", DEFAULT + X.replace("float_val: 2", 'tensor_content: "abc"'), STATUS.INVALID_ARGUMENT, "tensor parsing error: x"),
    ("G24", DEFAULT + X.replace("DT_FLOAT", "DT_INVALID"), STATUS.INVALID_ARGUMENT, "tensor parsing error: x"),
    ("G25", DEFAULT + X.replace("size: 1", f"size: {2**62}"), STATUS.INVALID_ARGUMENT, "tensor parsing error: x"),
    ("G48", DEFAULT + X.replace("size: 1", f"size: {2**31}"), STATUS.INVALID_ARGUMENT, "tensor parsing error: x"),
    ("G26", DEFAULT + X.replace("DT_FLOAT", "DT_INT32"), STATUS.INVALID_ARGUMENT, "Expects arg[0] to be float but int32 is provided"),
    ("G27", f'model_spec {{ name: "{"m" * 2000}" }}', STATUS.NOT_FOUND, (NOT_FOUND + "Latest(" + "m" * 2000)[:1024] + "...TRUNCATED"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "message"), numbered(ERRORS))
def test_predict_error(serving, text, code, message):
    with pytest.raises(grpc.RpcError) as caught:
        predict(serving, text)
    assert (caught.value.code(), caught.value.details()) == (code, message)


def test_g28_classify_and_regress(serving):
    spec = 'model_spec {{ name: "default" signature_name: "{}" }} '
    classified = call(
        serving.predictions, "Classify", ClassificationRequest(), spec.format("classify_x_to_y") + EXAMPLE
    )
    assert [entry.score for entry in classified.result.classifications[0].classes] == [3.0]
    assert (classified.model_spec.signature_name, classified.model_spec.version.value) == ("classify_x_to_y", 124)
    regressed = call(serving.predictions, "Regress", RegressionRequest(), spec.format("regress_x_to_y") + EXAMPLE)
    assert [entry.value for entry in regressed.result.regressions] == [3.0]


@pytest.mark.parametrize(
    ("method", "request_type"), [("Classify", ClassificationRequest), ("Regress", RegressionRequest)]
)
def test_g29_no_examples(serving, method, request_type):
    signature = f"{method.lower()}_x_to_y"
    with pytest.raises(grpc.RpcError) as caught:
        call(
            serving.predictions,
            method,
            request_type(),
            f'model_spec {{ name: "default" signature_name: "{signature}" }}',
        )
    assert (caught.value.code(), caught.value.details()) == (STATUS.INVALID_ARGUMENT, "Input is empty.")


def task(signature: str, method: str, model: str = "default") -> str:
    return (
        f'tasks {{ model_spec {{ name: "{model}" signature_name: "{signature}" }} '
        f'method_name: "tensorflow/serving/{method}" }} '
    )


BOTH = task("regress_x_to_y", "regress") + task("classify_x_to_y", "classify")


def test_g30_multi_inference(serving):
    results = call(serving.predictions, "MultiInference", MultiInferenceRequest(), BOTH + EXAMPLE).results
    assert results[0].regression_result.regressions[0].value == 3.0
    assert results[1].classification_result.classifications[0].classes[0].score == 3.0
    assert [result.model_spec.version.value for result in results] == [124, 124]


def test_g36_multi_inference_where_each_signature_has_an_input_of_its_own(serving):
    """As in every model of TensorFlow 2."""
    tasks = task("regress_x_to_y", "regress", "tf2") + task("classify_x_to_y", "classify", "tf2")
    results = call(serving.predictions, "MultiInference", MultiInferenceRequest(), tasks + EXAMPLE).results
    assert results[0].regression_result.regressions[0].value == 3.0
    assert results[1].classification_result.classifications[0].classes[0].score == 3.0


# number, request, code, message
MULTI_ERRORS = [
    ("G31", "", STATUS.INVALID_ARGUMENT, "ModelSpec has no name specified."),
    ("G32", BOTH + task("regress_x_to_y", "regress"), STATUS.INVALID_ARGUMENT, "Duplicate evaluation of signature: regress_x_to_y"),
    ("G33", BOTH + task("s", "regress"), STATUS.INVALID_ARGUMENT, "Requested signature not found in model graph: s"),
    ("G34", BOTH + task("regress_x_to_y2", "predict"), STATUS.UNIMPLEMENTED, "Unsupported signature method_name: tensorflow/serving/predict"),
    ("G35", BOTH + task("regress_x_to_y2", "regress", "three"), STATUS.INVALID_ARGUMENT, "All ModelSpecs in a MultiInferenceRequest must access the same model name."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "message"), numbered(MULTI_ERRORS))
def test_multi_inference_error(serving, text, code, message):
    with pytest.raises(grpc.RpcError) as caught:
        call(serving.predictions, "MultiInference", MultiInferenceRequest(), text + EXAMPLE)
    assert (caught.value.code(), caught.value.details()) == (code, message)


def test_g37_metadata(serving):
    request = DEFAULT + 'metadata_field: "signature_def"'
    response = call(serving.predictions, "GetModelMetadata", GetModelMetadataRequest(), request)
    signatures = SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    assert signatures.signature_def["serving_default"].inputs["x"].name == "x:0"
    assert (response.model_spec.name, response.model_spec.version.value) == ("default", 124)


def test_g38_status(serving):
    for spec in (DEFAULT, 'model_spec { name: "default" version_label: "no such label" }'):
        response = call(serving.models, "GetModelStatus", GetModelStatusRequest(), spec)
        assert [(entry.version, entry.state, entry.status.error_code) for entry in response.model_version_status] == [
            (124, 30, 0),
            (123, 30, 0),
        ]


# number, method, request, text, code and message
OTHER_ERRORS = [
    ("G39", "predictions.GetModelMetadata", GetModelMetadataRequest, "", (STATUS.INVALID_ARGUMENT, "Missing ModelSpec")),
    ("G40", "predictions.GetModelMetadata", GetModelMetadataRequest, DEFAULT, (STATUS.INVALID_ARGUMENT, "GetModelMetadataRequest must specify at least one metadata_field")),
    ("G41", "predictions.GetModelMetadata", GetModelMetadataRequest, DEFAULT + 'metadata_field: "z"', (STATUS.INVALID_ARGUMENT, "Metadata field z is not supported")),
    ("G42", "models.GetModelStatus", GetModelStatusRequest, "", (STATUS.INVALID_ARGUMENT, "Missing ModelSpec")),
    ("G43", "models.GetModelStatus", GetModelStatusRequest, 'model_spec { name: "m" }', (STATUS.NOT_FOUND, "Could not find any versions of model m")),
    ("G44", "models.HandleReloadConfigRequest", ReloadConfigRequest, "", (STATUS.INVALID_ARGUMENT, "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported")),
]  # fmt: skip


@pytest.mark.parametrize(("method", "request_type", "text", "failure"), numbered(OTHER_ERRORS))
def test_other_error(serving, method, request_type, text, failure):
    with pytest.raises(grpc.RpcError) as caught:
        attrgetter(method)(serving)(text_format.Parse(text, request_type()), timeout=SECONDS)
    assert (caught.value.code(), caught.value.details()) == failure


@pytest.mark.parametrize("name", ["half", "uint16", "complex_out", "string", "bool"])
def test_g45_types_that_json_cannot_carry(serving, name):
    values = {
        "half": np.array([1.5, -2], np.float16),
        "uint16": np.array([65535], np.uint16),
        "complex_out": np.array([1, 2], np.float32),
        "string": np.array([b"\xff", b""], np.object_),
        "bool": np.array([True, False]),
    }[name]
    request = PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "types", name
    request.inputs["default"].CopyFrom(to_proto(values))
    output = from_proto(serving.predictions.Predict(request, timeout=SECONDS).outputs["out"], "out")
    expected = values.astype(np.complex64) if name == "complex_out" else values
    assert output.dtype == expected.dtype
    assert np.real(output).tolist() == expected.real.tolist() if name == "complex_out" else values.tolist()


def test_g46_a_message_of_many_megabytes(serving):
    request = PredictRequest()
    request.model_spec.name = "default"
    request.inputs["x"].CopyFrom(TensorProto(dtype=1, tensor_content=bytes(40_000_000)))
    request.inputs["x"].tensor_shape.dim.add(size=10_000_000)
    assert len(serving.predictions.Predict(request, timeout=SECONDS).outputs["y"].float_val) == 10_000_000


def test_g47_a_batch_of_none_is_a_batch(serving):
    request = PredictRequest()
    request.model_spec.name = "lenet"
    request.inputs["image"].CopyFrom(to_proto(np.zeros((0, 28, 28, 1), np.float32)))
    output = serving.predictions.Predict(request, timeout=SECONDS).outputs["output_0"]
    assert from_proto(output, "output_0").shape == (0, 10)


DTYPES = [encoding.dtype for encoding in ENCODINGS.values() if encoding.dtype.kind in "fiubc"]


@given(st.sampled_from(DTYPES).flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0))))
def test_a_tensor_survives_both_conversions(array):
    assert np.array_equal(from_proto(to_proto(array), "x"), array, equal_nan=array.dtype.kind in "fc")
