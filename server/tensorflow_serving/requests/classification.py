"""Classify, Regress and MultiInference: examples in, classes or values out.

A signature for these has one input, ``inputs``, of serialized examples; for classify it has the outputs ``classes`` or
``scores`` or both, for regress ``outputs``.
"""

from __future__ import annotations

import numpy as np
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis.classification_pb2 import ClassificationResult
from tensorflow_serving.apis.inference_pb2 import MultiInferenceRequest, MultiInferenceResponse
from tensorflow_serving.apis.input_pb2 import Input
from tensorflow_serving.apis.regression_pb2 import RegressionResult

from server.tensorflow_serving.execution.servable import DEFAULT_SIGNATURE, Servable, Signature
from server.tensorflow_serving.execution.tensors import encoding_of
from server.tensorflow_serving.status import Code, ServingError, failed_precondition, invalid_argument

INPUTS, CLASSES, SCORES, OUTPUTS = "inputs", "classes", "scores", "outputs"
CLASSIFY, REGRESS = "tensorflow/serving/classify", "tensorflow/serving/regress"


def classify(servable: Servable, signature_name: str, examples: Input, timeout_ms: int) -> ClassificationResult:
    """Labels and scores for each example. Raises ``ServingError``."""
    signature = _signature(servable, signature_name, "No signature was found with the name: ")
    names = _classify_outputs(signature)
    vector = _serialized(examples)
    arrays = servable.run({signature.inputs[INPUTS]: vector}, list(names.values()), timeout_ms)
    return _classifications(dict(zip(names, arrays, strict=True)), len(vector))


def regress(servable: Servable, signature_name: str, examples: Input, timeout_ms: int) -> RegressionResult:
    """A value for each example. Raises ``ServingError``."""
    signature = _signature(servable, signature_name, "No signature was found with the name: ")
    name = _regress_output(signature)
    vector = _serialized(examples)
    (values,) = servable.run({signature.inputs[INPUTS]: vector}, [name], timeout_ms)
    return _regressions(values, len(vector))


def multi_inference(servable: Servable, request: MultiInferenceRequest, timeout_ms: int) -> MultiInferenceResponse:
    """Several signatures on the same examples, in one run, each fed by its own tensor. Raises ``ServingError``."""
    checks = {CLASSIFY: _classify_outputs, REGRESS: lambda signature: {OUTPUTS: _regress_output(signature)}}
    evaluated: dict[str, dict[str, str]] = {}
    tensors: set[str] = set()
    for task in request.tasks:
        name = task.model_spec.signature_name or DEFAULT_SIGNATURE
        _check_task(task, request.tasks[0], name in evaluated)
        signature = _signature(servable, name, "Requested signature not found in model graph: ")
        if task.method_name not in checks:
            raise ServingError(Code.UNIMPLEMENTED, f"Unsupported signature method_name: {task.method_name}")
        evaluated[name] = checks[task.method_name](signature)
        tensors.add(signature.inputs[INPUTS])  # in models of TensorFlow 2 each signature has its own
    vector = _serialized(request.input)
    fetches = sorted({tensor for outputs in evaluated.values() for tensor in outputs.values()})
    fetched = dict(zip(fetches, servable.run(dict.fromkeys(tensors, vector), fetches, timeout_ms), strict=True))
    response = MultiInferenceResponse()
    for task, outputs in zip(request.tasks, evaluated.values(), strict=True):
        arrays = {name: fetched[tensor] for name, tensor in outputs.items()}
        result = response.results.add(model_spec=task.model_spec)
        if task.method_name == CLASSIFY:
            result.classification_result.CopyFrom(_classifications(arrays, len(vector)))
        else:
            result.regression_result.CopyFrom(_regressions(arrays[OUTPUTS], len(vector)))
    return response


def _serialized(examples: Input) -> np.ndarray:
    """The examples as a vector of strings, with the context before each. Raises ``ServingError``."""
    kind = examples.WhichOneof("kind")
    if kind == "example_list_with_context":
        both = examples.example_list_with_context
        # Two serialized messages in a row are one message with the fields of both.
        context = both.context.SerializeToString()
        texts = [context + example.SerializeToString() for example in both.examples]
    else:
        texts = [example.SerializeToString() for example in examples.example_list.examples]
    if not texts:
        raise invalid_argument("Input is empty.")
    vector = np.empty(len(texts), np.object_)
    vector[:] = texts
    return vector


def _check_task(task: object, first: object, evaluated: bool) -> None:
    if not task.model_spec.name:
        raise invalid_argument("Found ModelSpec with an empty model name.")
    if task.model_spec.name != first.model_spec.name:
        raise invalid_argument("All ModelSpecs in a MultiInferenceRequest must access the same model name.")
    if evaluated:
        raise invalid_argument(
            f"Duplicate evaluation of signature: {task.model_spec.signature_name or DEFAULT_SIGNATURE}"
        )


def _signature(servable: Servable, name: str, not_found: str) -> Signature:
    try:
        return servable.signatures[name or DEFAULT_SIGNATURE]
    except KeyError:
        raise invalid_argument(not_found + (name or DEFAULT_SIGNATURE)) from None


def _classify_outputs(signature: Signature) -> dict[str, str]:
    _check_input(signature, "classification")
    if len(signature.outputs) not in (1, 2):
        raise invalid_argument(f"Expected one or two output Tensors, found {len(signature.outputs)}")
    names = {name: signature.outputs[name] for name in (CLASSES, SCORES) if name in signature.outputs}
    if not names:
        raise failed_precondition(
            f'Expected classification signature outputs to contain at least one of "{CLASSES}" or "{SCORES}". '
            f"Signature was: {signature.definition}"
        )
    return names


def _regress_output(signature: Signature) -> str:
    _check_input(signature, "regression")
    if len(signature.outputs) != 1:
        raise invalid_argument("Expected one output Tensor.")
    if OUTPUTS not in signature.outputs:
        raise failed_precondition(f"No regression outputs found in SignatureDef: {signature.definition}")
    return signature.outputs[OUTPUTS]


def _check_input(signature: Signature, kind: str) -> None:
    if len(signature.inputs) != 1:
        raise invalid_argument("Expected one input Tensor.")
    if INPUTS not in signature.inputs:
        raise failed_precondition(f"No {kind} inputs found in SignatureDef: {signature.definition}")


def _classifications(arrays: dict[str, np.ndarray], size: int) -> ClassificationResult:
    for name, dtype in ((CLASSES, types_pb2.DT_STRING), (SCORES, types_pb2.DT_FLOAT)):
        if name in arrays:
            _check_classes(name, arrays[name], dtype, size)
    shapes = [array.shape[1] for array in arrays.values()]
    if len(set(shapes)) > 1:
        raise invalid_argument(f"Tensors class and score should match in dim_size(1). Got {shapes[0]} vs. {shapes[1]}")
    result = ClassificationResult()
    for row in range(size):
        classes = result.classifications.add().classes
        for column in range(shapes[0]):
            entry = classes.add()
            if CLASSES in arrays:
                entry.label = arrays[CLASSES][row, column].decode(errors="replace")
            if SCORES in arrays:
                entry.score = arrays[SCORES][row, column]
    return result


def _check_classes(name: str, array: np.ndarray, dtype: int, size: int) -> None:
    if array.ndim != 2:
        raise invalid_argument(f"Expected Tensor shape: [batch_size num_classes] but got {_shape(array)}")
    _check_dtype(array, dtype, f"Expected {name} Tensor of {types_pb2.DataType.Name(dtype)}. Got: ")
    if len(array) != size:
        raise invalid_argument(f"Expected {name} output batch size of {size}. Got: {len(array)}")


def _regressions(array: np.ndarray, size: int) -> RegressionResult:
    if array.ndim != 1 and not (array.ndim == 2 and array.shape[1] == 1):
        raise invalid_argument(
            f"Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got {_shape(array)}"
        )
    if len(array) != size:
        raise invalid_argument(f"Input batch size did not match output batch size: {size} vs. {len(array)}")
    _check_dtype(array, types_pb2.DT_FLOAT, "Expected output Tensor of DT_FLOAT.  Got: ")
    result = RegressionResult()
    for value in array.reshape(-1).tolist():
        result.regressions.add(value=value)
    return result


def _check_dtype(array: np.ndarray, dtype: int, text: str) -> None:
    actual = encoding_of(array).enum
    if actual != dtype:
        raise invalid_argument(text + types_pb2.DataType.Name(actual))


def _shape(array: np.ndarray) -> str:
    return "[" + ",".join(map(str, array.shape)) + "]"
