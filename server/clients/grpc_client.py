"""A client of TensorFlow Serving's gRPC API, which the model server of this course speaks, too.

Importing it takes seconds: the messages come with ``tensorflow-serving-api``, which imports all of TensorFlow.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import cached_property

import grpc
import numpy as np
from google.protobuf.message import DecodeError

from server.clients.client import (
    NOT_OF_THAT_SHAPE,
    ImageClient,
    Prediction,
    Refused,
    ServerError,
    Unreachable,
    prediction,
)
from server.clients.rest_client import SIGNATURE, describe, pixels_for
from server.model_card import InputSpec
from server.proxies import hint, host_of, is_loopback
from server.quiet import import_tensorflow

import_tensorflow()
import tensorflow as tf  # noqa: E402  quietly first
from tensorflow.core.framework.tensor_pb2 import TensorProto  # noqa: E402
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest, SignatureDefMap  # noqa: E402
from tensorflow_serving.apis.model_pb2 import ModelSpec  # noqa: E402
from tensorflow_serving.apis.predict_pb2 import PredictRequest  # noqa: E402
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub  # noqa: E402

SILENCE = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
FAULTS = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNAUTHENTICATED,
}
RETRIES = {
    "maxAttempts": 4,
    "initialBackoff": "0.2s",
    "maxBackoff": "1s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
PROXIES = ("grpc", "https", "http")  # whose variables gRPC reads, in this order
OPTIONS = [
    ("grpc.service_config", json.dumps({"methodConfig": [{"name": [{}], "retryPolicy": RETRIES}]})),
    (
        "grpc.max_receive_message_length",
        -1,
    ),  # gRPC's own limit, 4 MB, is less than the answer to a large batch may need
]


class GrpcClient(ImageClient):
    """Calls one model of TensorFlow Serving over gRPC.

    ``address`` is ``host:port``, without a scheme; ``version`` as in ``RestClient``. ``timeout`` is in seconds, for one
    call with up to three retries. Raises ``ValueError`` for any other kind of ``address``.
    """

    def __init__(
        self, address: str, model: str = "clothes", version: int | str | None = None, timeout: float = 10.0
    ) -> None:
        if not isinstance(address, str) or "://" in address or not address.isprintable():
            raise ValueError(f"{address!r} is not the address of a gRPC server: write it as host:port")
        self._address = address
        self._model = model
        self._version = version
        self._timeout = timeout
        direct = [("grpc.enable_http_proxy", 0)] if is_loopback(host_of(address)) else []
        self._channel = grpc.insecure_channel(address, options=[*OPTIONS, *direct])
        self._service = PredictionServiceStub(self._channel)

    def close(self) -> None:
        self._channel.close()

    def info(self) -> dict:
        """``name``, ``version`` and ``input`` as in a model card, and the names of the ``signatures``."""
        request = GetModelMetadataRequest(metadata_field=["signature_def"])
        answer = self._call(self._service.GetModelMetadata, request)
        found = SignatureDefMap()
        try:
            answer.metadata["signature_def"].Unpack(found)
        except DecodeError as error:
            raise ServerError(f"{self._address} answered without metadata: is that TensorFlow Serving?") from error
        signatures = found.signature_def
        known = SIGNATURE in signatures and "pixels" in signatures[SIGNATURE].inputs
        sizes = [size.size for size in signatures[SIGNATURE].inputs["pixels"].tensor_shape.dim[1:]] if known else None
        return describe(answer.model_spec.name, answer.model_spec.version.value, sizes, list(signatures))

    def _classify(self, batch: np.ndarray) -> Iterator[Prediction]:
        """Send pixels of shape (n, height, width), in one request, and yield n predictions in the same order.

        A ``PredictRequest`` to ``self._service.Predict``, through ``self._call``. The pixels go to the signature
        ``SIGNATURE`` as its input ``pixels``, a uint8 tensor: those that ``pixels_for`` returns for ``self._input``.
        Each prediction has the ``label``, as ``str``, the model's ``scores``, float32, and the highest of these.
        """
        request = PredictRequest()
        request.model_spec.signature_name = SIGNATURE
        request.inputs["pixels"].CopyFrom(tf.make_tensor_proto(pixels_for(batch, self._input)))
        outputs = self._call(self._service.Predict, request).outputs
        try:
            pairs = zip(outputs["label"].string_val, _scores_in(outputs["scores"]), strict=True)
            yield from [prediction(label.decode(), row) for label, row in pairs]
        except NOT_OF_THAT_SHAPE as error:
            raise ServerError(f"{self._address} answered without labels and scores: {error}") from error

    @cached_property
    def _input(self) -> InputSpec:
        return InputSpec(**self.info()["input"])

    def _call(self, method: grpc.UnaryUnaryMultiCallable, request: PredictRequest | GetModelMetadataRequest):
        """What ``method`` of the service answers to ``request`` within ``self._timeout`` seconds.

        First it says in ``request.model_spec`` which model is meant: ``self._model`` goes into ``name``, and
        ``self._version`` into ``version`` if it is a number, or ``version_label`` if it is text; None sets neither.
        What else is in the request stays.

        Raises ``Unreachable`` for a status in ``SILENCE``, ``Refused`` for one in ``FAULTS``, and ``ServerError`` for
        any other, all with the server's own ``details()`` in the message. No exception from ``grpc`` gets out.
        """
        try:
            request.model_spec.MergeFrom(_spec(self._model, self._version))
            return method(request, timeout=self._timeout)
        except (TypeError, ValueError) as error:  # a name that is not UTF-8, a version beyond 64 bits, a closed channel
            raise Refused(f"not sent, because {error}") from error
        except grpc.RpcError as error:
            raise _explained(error, self._address, self._timeout) from error


def _spec(model: str, version: int | str | None) -> ModelSpec:
    spec = ModelSpec(name=model)
    if isinstance(version, str):
        spec.version_label = version
    elif version is not None:
        spec.version.value = version
    return spec


def _scores_in(tensor: TensorProto) -> np.ndarray:
    """The rows of scores. Raises ``TypeError`` or ``ValueError``.

    A tensor may claim to be larger than its content: the last number is then repeated, to any length.
    """
    if math.prod(size.size for size in tensor.tensor_shape.dim) * np.float32().itemsize > tensor.ByteSize():
        raise ValueError("there are fewer scores than the tensor says")
    return tf.make_ndarray(tensor)


def _explained(error: grpc.RpcError, address: str, timeout: float) -> ServerError:
    if error.code() in SILENCE:
        return Unreachable(
            f"no answer from {address} within {timeout:g} s: is the server running, and at that address? "
            f"Start it with `workbook model-server` ({error.details()}){hint(address, PROXIES)}"
        )
    kind = Refused if error.code() in FAULTS else ServerError
    return kind(f"the server answered {error.code().name}: {error.details()}")
