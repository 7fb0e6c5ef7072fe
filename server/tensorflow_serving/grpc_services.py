"""The gRPC services: PredictionService and ModelService."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import grpc
from google.protobuf.message import Message
from tensorflow_serving.apis.classification_pb2 import ClassificationResponse
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusResponse
from tensorflow_serving.apis.inference_pb2 import MultiInferenceRequest
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigResponse
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.model_service_pb2_grpc import ModelServiceServicer, add_ModelServiceServicer_to_server
from tensorflow_serving.apis.predict_pb2 import PredictResponse
from tensorflow_serving.apis.prediction_service_pb2_grpc import (
    PredictionServiceServicer,
    add_PredictionServiceServicer_to_server,
)
from tensorflow_serving.apis.regression_pb2 import RegressionResponse

from server.tensorflow_serving.execution.servable import DEFAULT_SIGNATURE
from server.tensorflow_serving.execution.tensors import from_proto, to_proto
from server.tensorflow_serving.lifecycle.core import ServerCore
from server.tensorflow_serving.lifecycle.version import Version
from server.tensorflow_serving.metrics import GRPC, UNKNOWN_MODEL, Metrics
from server.tensorflow_serving.requests.classification import classify, multi_inference, regress
from server.tensorflow_serving.requests.metadata import model_metadata, model_status
from server.tensorflow_serving.requests.predict import predict
from server.tensorflow_serving.status import ServingError, failed_precondition, grpc_message, invalid_argument

INT32_MAX = 2**31 - 1
STATUS_CODES = {status.value[0]: status for status in grpc.StatusCode}
NO_TIMEOUT = 0


class Endpoint:
    """What both services share: a ``ServingError`` becomes the status of the call."""

    def __init__(self, core: ServerCore, metrics: Metrics) -> None:
        self._core = core
        self._metrics = metrics

    def _infer(
        self, context: grpc.ServicerContext, spec: ModelSpec, api: str, work: Callable[[int], Message]
    ) -> Message:
        model = spec.name if self._core.knows(spec.name) else UNKNOWN_MODEL

        def counted(timeout_ms: int) -> Message:
            with self._metrics.request(model, api, GRPC):
                return work(timeout_ms)

        return self._answer(context, counted)

    def _answer(self, context: grpc.ServicerContext, work: Callable[[int], Message]) -> Message:
        try:
            return work(_timeout_ms(context))
        except ServingError as error:
            context.abort(STATUS_CODES[error.code], grpc_message(error.message))

    def _lease(self, request: Message) -> Version:
        if not request.HasField("model_spec"):
            raise invalid_argument("Missing ModelSpec")
        return self._core.lease(request.model_spec)


class PredictionService(Endpoint, PredictionServiceServicer):
    def Predict(self, request, context):
        return self._infer(context, request.model_spec, "Predict", partial(self._predict, request))

    def Classify(self, request, context):
        return self._infer(context, request.model_spec, "Classify", partial(self._classify, request))

    def Regress(self, request, context):
        return self._infer(context, request.model_spec, "Regress", partial(self._regress, request))

    def MultiInference(self, request, context):
        return self._infer(context, _first_spec(request), "MultiInference", partial(self._multi_inference, request))

    def GetModelMetadata(self, request, context):
        return self._answer(context, lambda _: self._metadata(request))

    def _predict(self, request, timeout_ms):
        with self._lease(request) as version:
            name = request.model_spec.signature_name or DEFAULT_SIGNATURE
            signature = version.servable.signatures.get(name)
            if signature is None:
                raise failed_precondition(f'Serving signature key "{name}" not found.')
            inputs = {alias: from_proto(tensor, alias) for alias, tensor in request.inputs.items()}
            with self._metrics.runtime(version.model, "Predict"):
                outputs = predict(version.servable, signature, inputs, request.output_filter, timeout_ms)
            response = PredictResponse()
            _fill_spec(response.model_spec, version, name)
        for alias, array in outputs.items():
            response.outputs[alias].CopyFrom(to_proto(array))
        return response

    def _classify(self, request, timeout_ms):
        name = request.model_spec.signature_name
        with self._lease(request) as version:
            with self._metrics.runtime(version.model, "Classify"):
                result = classify(version.servable, name, request.input, timeout_ms)
            response = ClassificationResponse(result=result)
            _fill_spec(response.model_spec, version, name or DEFAULT_SIGNATURE)
        return response

    def _regress(self, request, timeout_ms):
        name = request.model_spec.signature_name
        with self._lease(request) as version:
            with self._metrics.runtime(version.model, "Regress"):
                result = regress(version.servable, name, request.input, timeout_ms)
            response = RegressionResponse(result=result)
            _fill_spec(response.model_spec, version, name or DEFAULT_SIGNATURE)
        return response

    def _multi_inference(self, request, timeout_ms):
        with self._core.lease(_first_spec(request)) as version:
            with self._metrics.runtime(version.model, "MultiInference"):
                response = multi_inference(version.servable, request, timeout_ms)
            for result in response.results:
                _fill_spec(result.model_spec, version, result.model_spec.signature_name or DEFAULT_SIGNATURE)
        return response

    def _metadata(self, request):
        if not request.HasField("model_spec"):
            raise invalid_argument("Missing ModelSpec")
        return model_metadata(self._core, request)


class ModelService(Endpoint, ModelServiceServicer):
    def GetModelStatus(self, request, context):
        return self._answer(context, lambda _: self._status(request))

    def HandleReloadConfigRequest(self, request, context):
        return self._answer(context, lambda _: self._reload(request, context))

    def _status(self, request) -> GetModelStatusResponse:
        if not request.HasField("model_spec"):
            raise invalid_argument("Missing ModelSpec")
        return model_status(self._core, request.model_spec)

    def _reload(self, request, context) -> ReloadConfigResponse:
        if request.config.WhichOneof("config") != "model_config_list":
            raise invalid_argument(
                "ServerModelConfig type not supported by HandleReloadConfigRequest. "
                "Only ModelConfigList is currently supported"
            )
        self._core.reload(request.config, context.is_active)
        return ReloadConfigResponse()


def create_server(core: ServerCore, metrics: Metrics, threads: int, channel_arguments: str) -> grpc.Server:
    """A gRPC server that is not bound to anything yet. ``channel_arguments`` are ``key=value,key=value``."""
    options = [("grpc.max_receive_message_length", INT32_MAX), ("grpc.max_send_message_length", INT32_MAX)]
    # Two servers on one port would each get some of the calls; a port that is taken is an error.
    options.append(("grpc.so_reuseport", 0))
    options += [_channel_argument(argument) for argument in channel_arguments.split(",") if argument]
    server = grpc.server(ThreadPoolExecutor(threads, "grpc"), options=options)
    add_PredictionServiceServicer_to_server(PredictionService(core, metrics), server)
    add_ModelServiceServicer_to_server(ModelService(core, metrics), server)
    return server


def _first_spec(request: MultiInferenceRequest) -> ModelSpec:
    return request.tasks[0].model_spec if request.tasks else ModelSpec()


def _channel_argument(argument: str) -> tuple[str, int | str]:
    key, _, value = argument.partition("=")
    try:
        return key, int(value)
    except ValueError:
        return key, value


def _timeout_ms(context: grpc.ServicerContext) -> int:
    remaining = context.time_remaining()
    return NO_TIMEOUT if remaining is None else min(max(1, int(remaining * 1000)), INT32_MAX)


def _fill_spec(spec: ModelSpec, version: Version, signature_name: str) -> None:
    spec.name = version.model
    spec.signature_name = signature_name
    spec.version.value = version.number
