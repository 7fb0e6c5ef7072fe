"""The clients of TensorFlow Serving, against the stand-in as a real process; beside the reference server's client."""

from __future__ import annotations

import shutil
from concurrent import futures
from pathlib import Path

import grpc
import numpy as np
import pytest
from PIL import Image

from server.clients.client import Client, ImageClient, Refused, ServerError, Unreachable
from server.clients.grpc_client import GrpcClient
from server.clients.rest_client import RestClient
from server.model_card import PINNED_MODELS
from server.preprocessing import BadInput
from tests.server.clients.test_client import misbehaving  # noqa: F401  a fixture
from workbook.servers.model_server import ModelServer
from workbook.servers.process import answers, free_port

CONFIG = """
model_config_list {{
  config {{
    name: "clothes"
    base_path: "{folder}/clothes"
    model_platform: "tensorflow"
    model_version_policy {{ all {{}} }}
    version_labels {{ key: "stable" value: 1 }}
  }}
  config {{
    name: "plain"
    base_path: "{folder}/plain"
    model_platform: "tensorflow"
  }}
}}
"""
KINDS = [RestClient, GrpcClient]


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> ModelServer:
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(PINNED_MODELS / "clothes", folder / "clothes")
    save_without_our_signatures(folder / "plain" / "1")
    config = folder / "models.config"
    config.write_text(CONFIG.format(folder=folder))
    # Without the flag, a label may not name a version before it has loaded, not even in the first configuration.
    flags = [f"--model_config_file={config}", "--allow_version_labels_for_unavailable_models"]
    with ModelServer(folder, *flags) as server:
        # It is up as soon as each model has one version; here both are wanted.
        routes = [f"{server.url}/v1/models/clothes/versions/{number}/metadata" for number in (1, 2)]
        server.wait_until(lambda: all(answers(route) for route in routes), "second version")
        yield server


def save_without_our_signatures(folder: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    module.double = tf.function(lambda x: {"y": 2 * x}, [tf.TensorSpec([None], tf.float32, "x")])
    tf.saved_model.save(module, folder, signatures={"serving_default": module.double})


@pytest.fixture(params=KINDS, ids=["rest", "grpc"])
def connect(request, server):
    """Make a client of either kind for the server."""
    made: list[ImageClient] = []

    def connect(*arguments: object, **options: object) -> ImageClient:
        address = server.url if request.param is RestClient else server.address
        made.append(request.param(address, *arguments, **options))
        return made[-1]

    yield connect
    for client in made:
        client.close()


def test_it_answers_what_the_reference_client_answers(connect, served, test_set):
    images = test_set[0][:300]  # two requests
    for version in (1, 2):
        ours, theirs = connect(version=version).classify(images), Client(served, version=version).classify(images)
        assert [one.label for one in ours] == [one.label for one in theirs]
        np.testing.assert_allclose([one.score for one in ours], [one.score for one in theirs], atol=1e-5)
        np.testing.assert_allclose([one.scores for one in ours], [one.scores for one in theirs], atol=1e-5)
        assert ours[0].scores.dtype == theirs[0].scores.dtype == np.float32


def test_one_image_of_any_whole_number_type_will_do(connect, test_set):
    for dtype in (np.uint8, np.int64):
        assert connect().classify(test_set[0][0].astype(dtype))[0].label == "Ankle boot"
    assert connect().classify(test_set[0][:0]) == []


def test_files_give_what_the_reference_client_gives(connect, served, test_set, tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, pixels in zip(paths, test_set[0][:3], strict=True):
        Image.fromarray(255 - pixels).resize((280, 280)).save(path)
    ours, theirs = connect(version=1).classify_files(paths), Client(served).classify_files(paths)
    assert [one.label for one in ours] == [one.label for one in theirs] == ["Ankle boot", "Pullover", "Trouser"]
    (tmp_path / "note.png").write_text("no picture")
    with pytest.raises(BadInput, match=r"note\.png"):
        connect().classify_files([tmp_path / "note.png"])


def test_info_says_what_a_card_says_and_which_signatures_there_are(connect, served):
    info, card = connect(version=1).info(), Client(served).info()
    assert {name: info[name] for name in ("name", "version")} == {name: card[name] for name in ("name", "version")}
    assert {**info["input"], "shape": list(info["input"]["shape"])} == card["input"]
    assert info["signatures"] == ["classify", "encoded", "labels", "scaled", "serving_default"]


def test_without_a_version_the_newest_answers_and_a_label_names_one(connect):
    assert connect().info()["version"] == 2
    assert connect(version="stable").info()["version"] == 1


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (np.full((28, 28), 0.5), "do not scale"),
        (np.full((28, 28), 300), "from 300 to 300"),
        (np.full((28, 28), -1), "from -1 to -1"),
        (np.zeros((5, 5), int), r"shape \(5, 5\)"),
    ],
)
def test_pixels_that_would_be_cut_to_eight_bits_in_silence_are_refused(connect, image, reason):
    with pytest.raises(Refused, match=reason):
        connect().classify(image)


def test_the_servers_own_reason_reaches_the_caller(connect):
    with pytest.raises(Refused, match="Servable not found for request: Specific"):
        connect(version=9).info()
    with pytest.raises(Refused, match="Unrecognized servable version label: canary"):
        connect(version="canary").info()
    with pytest.raises(Refused, match="Servable not found for request: Latest"):
        connect("shoes").classify(np.zeros((28, 28), int))


def test_a_model_without_our_signatures_is_an_error_that_names_what_it_has(connect):
    with pytest.raises(ServerError, match=r"no signature 'labels' for pixels, but .*serving_default"):
        connect("plain").info()


@pytest.mark.parametrize("kind", KINDS)
def test_a_closed_port_is_unreachable_and_says_what_to_do(kind):
    address = f"127.0.0.1:{free_port()}"
    client = kind(f"http://{address}" if kind is RestClient else address)
    with client, pytest.raises(Unreachable, match="workbook model-server"):
        client.info()


def test_an_address_of_the_other_kind_is_refused_at_once():
    with pytest.raises(ValueError, match="http://"):
        RestClient("127.0.0.1:8501")
    with pytest.raises(ValueError, match="host:port"):
        GrpcClient("http://127.0.0.1:8500")


def test_another_rest_service_is_said_to_be_one(misbehaving):  # noqa: F811
    with pytest.raises(ServerError, match="is that TensorFlow Serving"):
        RestClient(misbehaving([(200, b"{}")])).info()


@pytest.fixture
def failing_grpc():
    """Start a gRPC server that fails each call with the next of the given statuses, and counts them."""
    servers = []

    def start(statuses: list[grpc.StatusCode]) -> tuple[str, list]:
        waiting, seen = iter(statuses), []

        class Handler(grpc.GenericRpcHandler):
            def service(self, details):
                def fail(_request, context):
                    seen.append(details.method)
                    context.abort(next(waiting), "says the test")

                return grpc.unary_unary_rpc_method_handler(fail)

        server = grpc.server(futures.ThreadPoolExecutor(2), handlers=[Handler()])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        servers.append(server)
        return f"127.0.0.1:{port}", seen

    yield start
    for server in servers:
        server.stop(None)


@pytest.mark.parametrize(
    ("statuses", "error", "calls"),
    [
        ([grpc.StatusCode.INVALID_ARGUMENT], Refused, 1),
        ([grpc.StatusCode.INTERNAL], ServerError, 1),
        ([grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL], ServerError, 2),
        ([grpc.StatusCode.UNAVAILABLE] * 4, Unreachable, 4),
    ],
)
def test_a_grpc_status_is_one_of_the_three_errors_and_only_silence_is_asked_again(failing_grpc, statuses, error, calls):
    address, seen = failing_grpc(statuses)
    with GrpcClient(address, timeout=30) as client, pytest.raises(ServerError, match="says the test") as caught:
        client.info()
    assert type(caught.value) is error
    assert len(seen) == calls


def test_a_grpc_server_that_hangs_is_given_up():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = GrpcClient(f"127.0.0.1:{silent.getsockname()[1]}", timeout=0.3)
        with client, pytest.raises(Unreachable, match=r"within 0\.3 s"):
            client.info()
