"""Whatever the address, the array or the answer: each client raises one of its three errors, or nothing."""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import threading
from concurrent import futures
from io import BytesIO

import grpc
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataResponse, SignatureDefMap
from tensorflow_serving.apis.predict_pb2 import PredictResponse

from server.clients import client as client_module
from server.clients.client import Client, ServerError, Unreachable
from server.clients.grpc_client import GrpcClient
from server.clients.rest_client import RestClient
from workbook.servers.process import free_port

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
STRANGE = st.sampled_from(
    [None, True, 0, -1, 1e999, float("nan"), 10**400, 10**12, "", "12", "\ud800", "\u00fc", [], {}, [[]], [10**400]]
) | st.lists(st.floats() | st.none(), max_size=3)
HEADERS = [
    *(b"Location: " + to for to in (b"/", b"http://[", b"ftp://x/", b"//\xff", b"http://127.0.0.1:99999/", b"")),
    *(b"Retry-After: " + when for when in (b"soon", b"0", b"9" * 5000, b"Thu, 99 Nov 99999 99:99:99 GMT")),
    *(b"Content-Length: " + size for size in (b"0", b"5", b"99999", b"-1", b"x", b"9" * 5000)),
    *(b"Transfer-Encoding: chunked", b"Content-Encoding: gzip", b"Content-Encoding: deflate, br", b"no header"),
    *(b"Content-Type: application/json; charset=none", b"Set-Cookie: =; expires=x", b"X: " + b"x" * 70_000),
]


@st.composite
def changed(draw: st.DrawFn, value: object) -> object:
    """``value``, a tree as JSON has them, with something strange in one of its places, or with that place gone."""
    places = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not places or draw(st.integers(0, 4)) == 0:
        return draw(STRANGE)
    place, new = draw(st.sampled_from(places)), value.copy()
    if draw(st.integers(0, 4)) == 0:
        del new[place]
    else:
        new[place] = draw(changed(value[place]))
    return new


def http(body: bytes, status: int = 200, headers: list[bytes] | None = None) -> bytes:
    headers = [b"Content-Length: %d" % len(body)] if headers is None else headers
    return b"\r\n".join([b"HTTP/1.1 %d Said" % status, *headers, b"", body])


def answers_for(right: object) -> st.SearchStrategy[bytes]:
    """Answers of another shape, of another status, cut off, with headers that do not fit, and no HTTP at all."""
    bodies = st.sampled_from(
        [json.dumps(right).encode(), b"{}", b"<html>", b"", b"[" * 100_000, b"\xff", b"5\r\n{}\r\n"]
    )
    framed = st.builds(http, bodies, st.integers(100, 599), st.lists(st.sampled_from(HEADERS), max_size=3))
    cut = st.builds(lambda whole, end: whole[:end], framed, st.integers(0, 80))
    other = st.builds(lambda value: http(json.dumps(value).encode()), changed(right))
    return other | framed | cut | st.builds(http, bodies, st.integers(100, 599)) | st.binary(max_size=60)


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


@pytest.fixture(scope="module")
def http_server():
    with Answering() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def once_again(monkeypatch) -> None:
    """Retries, but one, and at once."""
    monkeypatch.setattr(client_module, "RETRIES", client_module.RETRIES.new(total=1, backoff_factor=0))


def ask_for_everything(client) -> None:
    with client:
        for call in (client.info, lambda: client.classify(IMAGE), lambda: client.classify_files(PICTURE.getvalue())):
            with contextlib.suppress(ServerError):
                call()


@pytest.mark.parametrize("kind", RIGHT)
@THOROUGH
@given(data=st.data())
def test_whatever_an_http_server_answers(http_server, once_again, kind, data):
    info, answer = RIGHT[kind]
    right = st.just(http(json.dumps(info).encode()))
    http_server.answers = {
        "GET": data.draw(right | answers_for(info)),
        "POST": data.draw(answers_for(answer)),
    }
    ask_for_everything(kind(http_server.url, version=1, timeout=5))


@pytest.mark.parametrize("kind", RIGHT)
def test_the_right_answers_are_taken(http_server, kind):
    info, answer = (http(json.dumps(value).encode()) for value in RIGHT[kind])
    http_server.answers = {"GET": info, "POST": answer}
    with kind(http_server.url) as client:
        assert [one.label for one in client.classify_files(PICTURE.getvalue())] == ["Bag"]


@pytest.mark.parametrize("kind", RIGHT)
def test_too_few_predictions_are_not_taken_for_those_of_other_images(http_server, kind):
    info, answer = (http(json.dumps(value).encode()) for value in RIGHT[kind])
    http_server.answers = {"GET": info, "POST": answer}
    with kind(http_server.url) as client, pytest.raises(ServerError, match="1 predictions to 3 images"):
        client.classify(np.stack([IMAGE] * 3))


def test_a_status_that_is_no_success_is_no_answer_and_redirects_end(http_server):
    http_server.answers = {"GET": http(b'{"name": "clothes"}', 304)}
    with pytest.raises(ServerError, match="304"):
        Client(http_server.url).info()
    http_server.answers = {"GET": http(b"", 302, [b"Location: /"])}
    with pytest.raises(ServerError, match="without end"):
        Client(http_server.url).info()


def test_a_server_that_asks_for_hours_is_not_waited_for_as_long(http_server, monkeypatch):
    waits = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", waits.append)
    http_server.answers = {"GET": http(b"{}", 503, [b"Retry-After: 99999"])}
    with pytest.raises(ServerError, match="503"):
        Client(http_server.url).info()
    assert waits and max(waits) <= 10


def resolved(host: object, *rest: object, there: object = socket.getaddrinfo, **more: object) -> list:
    """As ``socket.getaddrinfo``, without asking the network: there are numbers, and no names."""
    if isinstance(host, str):
        host.encode("idna")
    try:
        return there(host, *rest, **{**more, "flags": socket.AI_NUMERICHOST})
    except TypeError:
        return there(host, *rest[:4], socket.AI_NUMERICHOST)


ADDRESSES = st.sampled_from(
    ["http://{}", "http://127.0.0.1:{}", "http://127.0.0.1:1{}", "http://{}@127.0.0.1:1", "http://[{}]:1", "https://{}"]
)
TEXT = st.text(max_size=12) | st.text(alphabet=st.characters(categories=["Cs", "Cc", "Zs", "Po"]), max_size=6)


@pytest.mark.parametrize("kind", RIGHT)
@THOROUGH
@given(address=ADDRESSES, text=TEXT)
def test_whatever_the_address_of_an_http_server(monkeypatch, kind, address, text):
    monkeypatch.setattr(client_module, "RETRIES", client_module.RETRIES.new(total=0))
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with kind(address.format(text), timeout=2) as client, pytest.raises(Unreachable):
        client.info()


@pytest.mark.parametrize("kind", [*RIGHT, GrpcClient])
@pytest.mark.parametrize("address", [None, 5, b"127.0.0.1:80", ["a"], "a://b"], ids=repr)
def test_what_is_no_address_at_all_is_refused_at_once(kind, address):
    with pytest.raises(ValueError, match="is no address of a"):
        kind(address)


@pytest.mark.parametrize("token", ["a\nb", "\u00fc", "a\r\nHost: x", "\ud800"], ids=ascii)
def test_a_token_that_no_header_can_carry_is_refused_at_once(token):
    with pytest.raises(ValueError, match="copy it again"):
        Client("http://127.0.0.1:1", token=token)


class Broken:
    def __array__(self, *_: object, **__: object) -> np.ndarray:
        raise OverflowError("no")


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


OBJECTS = [
    *(None, 5, "text", b"bytes", {}, {1}, object(), iter([]), Broken(), [Broken()], lambda: 1, np.array(5)),
    *([], [[]], [[[]]], [[1], [2, 3]], [[10**400]], [["a"]], [[None]], [[1, [2]]], nested(40), nested(400)),
    np.ma.masked_array([[1, 2]], [[True, False]]),
    np.zeros((2, 2), [("a", int)]),
]
ARRAYS = arrays.arrays(
    arrays.scalar_dtypes() | st.just(np.dtype(np.longdouble)), arrays.array_shapes(min_dims=0, max_dims=5, min_side=0)
)


@pytest.fixture(params=[*RIGHT, GrpcClient], ids=lambda kind: kind.__name__)
def well(request, http_server, grpc_server):
    """A client of each kind, whose server answers rightly to one image."""
    if request.param is GrpcClient:
        grpc_server.answers = {"GetModelMetadata": metadata(), "Predict": predictions()}
        client = GrpcClient(grpc_server.address)
    else:
        info, answer = (http(json.dumps(value).encode()) for value in RIGHT[request.param])
        http_server.answers = {"GET": info, "POST": answer}
        client = request.param(http_server.url)
    with client:
        yield client


@THOROUGH
@given(images=st.sampled_from(OBJECTS) | ARRAYS)
def test_whatever_the_array(well, images):
    with contextlib.suppress(ServerError):
        well.classify(images)


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


@pytest.fixture(scope="module")
def grpc_server():
    server = GrpcServer()
    yield server
    server.server.stop(None)


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


SIZES = st.lists(st.sampled_from([-1, 0, 1, 2, 28, 2**40, 2**62]), max_size=4).map(tuple)
# UNAVAILABLE is asked again, for as long as it takes; another test looks at that.
STATUSES = st.sampled_from([code for code in grpc.StatusCode if code.name not in ("OK", "UNAVAILABLE")])
METADATA = st.builds(metadata, SIZES, st.sampled_from(["labels", "other"]), st.none() | st.binary(max_size=20))
PREDICTIONS = st.builds(
    predictions,
    st.lists(st.sampled_from([b"Bag", b"\xff"]), max_size=2).map(tuple),
    st.sampled_from([0, 1, 2, 3, 7, 8, 10, 20, 99, 101]),
    SIZES | st.just((1, 2)),
    st.lists(st.floats(width=32), max_size=2).map(tuple),
    st.sampled_from([b"", b"12345678", b"1"]),
)


@THOROUGH
@given(
    info=st.just(metadata()) | METADATA | STATUSES | st.binary(max_size=20),
    answer=PREDICTIONS | STATUSES | st.binary(max_size=20),
)
def test_whatever_a_grpc_server_answers(grpc_server, info, answer):
    grpc_server.answers = {"GetModelMetadata": info, "Predict": answer}
    ask_for_everything(GrpcClient(grpc_server.address))


def test_scores_that_are_said_to_be_more_than_there_are_take_no_memory(grpc_server):
    grpc_server.answers = {"GetModelMetadata": metadata(), "Predict": predictions(sizes=(1, 2**40))}
    with GrpcClient(grpc_server.address) as client, pytest.raises(ServerError, match="fewer than they are said to be"):
        client.classify(IMAGE)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"\0" * 100], ids=repr)
def test_a_server_that_does_not_speak_grpc(http_server, answer):
    http_server.answers = dict.fromkeys(("PRI", "GET"), answer)
    with GrpcClient(http_server.url.removeprefix("http://"), timeout=1) as client, pytest.raises(ServerError):
        client.info()


GRPC_ADDRESSES = [
    *("", ":", ":80", "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:x", "127.0.0.1:0", "127.0.0.1", "a b:1", "[::1"),
    *(
        "[::1]:0",
        "\u00fc..\u00fc:1",
        "\ud800:1",
        "a\0b:1",
        "a\nb:1",
        "a" * 300,
        "%:1",
        "%25:1",
        "unix:",
        "unix:nowhere",
    ),
    *("ipv4:1", "ipv4:127.0.0.1:99999", "ipv6:x", "dns:", "vsock:1", "xds:x", "/a", "?a", "#a", "@:1", "a@b:1"),
]


@pytest.mark.parametrize("address", GRPC_ADDRESSES, ids=ascii)
def test_whatever_the_address_of_a_grpc_server(address):
    try:
        client = GrpcClient(address, timeout=0.5)
    except ValueError as error:
        assert "is no address" in str(error)
        return
    with client, pytest.raises(ServerError):
        client.info()


def test_a_distant_grpc_servers_error_names_the_proxy(monkeypatch):
    port = free_port()
    monkeypatch.setenv("http_proxy", f"http://someone:secret@127.0.0.1:{port}")  # pragma: allowlist secret
    for name in ("no_proxy", "NO_PROXY", "https_proxy", "HTTPS_PROXY", "grpc_proxy", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    said = rf"through the proxy 127\.0\.0\.1:{port} \(http_proxy\): if it must not be, add example\.org to no_proxy"
    with GrpcClient("example.org:8500", timeout=1) as client, pytest.raises(Unreachable, match=said):
        client.info()
    with GrpcClient(f"127.0.0.1:{free_port()}", timeout=1) as client, pytest.raises(Unreachable) as caught:
        client.info()
    assert "proxy" not in str(caught.value)
