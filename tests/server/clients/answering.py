"""Servers that answer whatever they are told to, right and wrong, and a client that is made to ask for everything."""

from __future__ import annotations

import contextlib
import socketserver
from concurrent import futures
from io import BytesIO

import grpc
import numpy as np
from hypothesis import HealthCheck, settings
from PIL import Image
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataResponse, SignatureDefMap
from tensorflow_serving.apis.predict_pb2 import PredictResponse

from server.clients.client import Client, ImageClient, ServerError
from server.clients.rest_client import RestClient

THOROUGH = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
IMAGE = np.zeros((28, 28), np.uint8)
PICTURE = BytesIO()
Image.linear_gradient("L").save(PICTURE, "PNG")

SCORES = {"label": "Bag", "scores": [0.5, 0.5]}
PIXELS = {"pixels": {"tensor_shape": {"dim": [{"size": "-1"}, {"size": "28"}, {"size": "28"}]}}}
RIGHT = {  # by client: what the server answers when it is asked for the model, and when images are sent
    Client: (
        {"name": "clothes", "version": 1, "input": {"shape": [28, 28], "low": 0, "high": 255}},
        {"labels": ["Bag"], "result": [[0.5, 0.5]]},
    ),
    RestClient: (
        {
            "model_spec": {"name": "clothes", "version": "1"},
            "metadata": {"signature_def": {"signature_def": {"labels": {"inputs": PIXELS}}}},
        },
        {"predictions": [SCORES]},
    ),
}


def http(body: bytes, status: int = 200, headers: list[bytes] | None = None) -> bytes:
    headers = [b"Content-Length: %d" % len(body)] if headers is None else headers
    return b"\r\n".join([b"HTTP/1.1 %d Said" % status, *headers, b"", body])


class Answering(socketserver.ThreadingTCPServer):
    """Answers each request with ``answers`` of its method, and closes the connection."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Answer(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(OSError):
            method = self.rfile.readline().partition(b" ")[0].decode()
            size = 0
            for line in iter(self.rfile.readline, b"\r\n"):
                name, _, value = line.partition(b":")
                size = int(value) if name.lower() == b"content-length" else size
            self.rfile.read(size)
            self.wfile.write(self.server.answers[method])


def ask_for_everything(client: ImageClient) -> None:
    with client:
        for call in (client.info, lambda: client.classify(IMAGE), lambda: client.classify_files(PICTURE.getvalue())):
            with contextlib.suppress(ServerError):
                call()


class GrpcServer(grpc.GenericRpcHandler):
    """Answers each method with the bytes, or the status, of ``answers``."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | grpc.StatusCode] = {}
        self.server = grpc.server(futures.ThreadPoolExecutor(2), handlers=[self])
        self.address = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        def answer(_request: bytes, context: grpc.ServicerContext) -> bytes:
            answer = self.answers[details.method.rpartition("/")[2]]
            if isinstance(answer, grpc.StatusCode):
                context.abort(answer, "says the test")
            return answer

        return grpc.unary_unary_rpc_method_handler(answer)


def metadata(sizes: tuple[int, ...] = (-1, 28, 28), signature: str = "labels", packed: bytes | None = None) -> bytes:
    answer, signatures = GetModelMetadataResponse(), SignatureDefMap()
    answer.model_spec.name = "clothes"
    for size in sizes:
        signatures.signature_def[signature].inputs["pixels"].tensor_shape.dim.add(size=size)
    answer.metadata["signature_def"].Pack(signatures)
    if packed is not None:
        answer.metadata["signature_def"].value = packed
    return answer.SerializeToString()


def predictions(
    labels: tuple[bytes, ...] = (b"Bag",),
    dtype: int = 1,
    sizes: tuple[int, ...] = (1, 2),
    scores: tuple[float, ...] = (0.5, 0.5),
    content: bytes = b"",
) -> bytes:
    answer = PredictResponse()
    answer.outputs["label"].string_val.extend(labels)
    tensor = answer.outputs["scores"]
    tensor.dtype, tensor.tensor_content = dtype, content
    tensor.float_val.extend(scores)
    tensor.string_val.extend(b"1.5" for _ in scores)
    for size in sizes:
        tensor.tensor_shape.dim.add(size=size)
    return answer.SerializeToString()
