"""Requests that are stored with a model and run through it before it serves, because a model's first call is slow."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from server.tensorflow_serving.execution.servable import DEFAULT_SIGNATURE, Servable
from server.tensorflow_serving.execution.tensors import from_proto
from server.tensorflow_serving.requests.classification import classify, multi_inference, regress
from server.tensorflow_serving.requests.predict import predict
from server.tensorflow_serving.status import invalid_argument

FILE = Path("assets.extra") / "tf_serving_warmup_requests"
MAX_RECORDS = 1000
NO_TIMEOUT = 0


def warm_up(servable: Servable, folder: Path) -> int:
    """Run the requests in a version's folder, if there are any, and return how many. Raises ``ServingError``."""
    path = folder / FILE
    if not path.exists():
        return 0
    number = 0
    try:
        for record in tf.compat.v1.io.tf_record_iterator(str(path)):
            number += 1
            if number > MAX_RECORDS:
                raise invalid_argument(f"Number of warmup records exceeds the maximum ({MAX_RECORDS}) at {path}")
            _run(servable, PredictionLog.FromString(record))
    except (tf.errors.OpError, DecodeError) as error:
        raise invalid_argument(f"Failed to read warmup records at {path}: {error}") from error
    return number


def _run(servable: Servable, record: PredictionLog) -> None:
    kind = record.WhichOneof("log_type")
    if kind == "predict_log":
        _predict(servable, record.predict_log.request)
    elif kind == "classify_log":
        request = record.classify_log.request
        classify(servable, request.model_spec.signature_name, request.input, NO_TIMEOUT)
    elif kind == "regress_log":
        request = record.regress_log.request
        regress(servable, request.model_spec.signature_name, request.input, NO_TIMEOUT)
    elif kind == "multi_inference_log":
        multi_inference(servable, record.multi_inference_log.request, NO_TIMEOUT)
    else:
        raise invalid_argument(f"Unsupported log_type for warmup: {kind}")


def _predict(servable: Servable, request) -> None:
    name = request.model_spec.signature_name or DEFAULT_SIGNATURE
    if name not in servable.signatures:
        raise invalid_argument(f'Serving signature key "{name}" not found.')
    inputs = {alias: from_proto(tensor, alias) for alias, tensor in request.inputs.items()}
    predict(servable, servable.signatures[name], inputs, request.output_filter, NO_TIMEOUT)
