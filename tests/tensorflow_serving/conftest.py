"""The servers that the tests share. Starting one takes the seconds of TensorFlow's import, so there are few."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tensorflow_serving.running import TESTDATA, Running, config

MODELS = {
    "default": TESTDATA / "saved_model_half_plus_two_2_versions",
    "three": TESTDATA / "saved_model_half_plus_three",
    "counter": TESTDATA / "saved_model_counter",
    "tf2": TESTDATA / "saved_model_half_plus_two_tf2_cpu",
    "lenet": TESTDATA / "lenet",
    "types": TESTDATA / "echo_types",
    "multi": TESTDATA / "echo_multi",
    "labels": TESTDATA / "classify_labels",
    "a b": TESTDATA / "tf2_save",
}
ALL_VERSIONS = "model_version_policy { all {} }"
LABELS = ' version_labels { key: "stable" value: 123 } version_labels { key: "can ary" value: 124 }'


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """All test models, without any extras."""
    folder = tmp_path_factory.mktemp("serving")
    models = folder / "models.config"
    models.write_text(config(MODELS, default=ALL_VERSIONS + LABELS))
    server = Running(
        folder / "log.txt", f"--model_config_file={models}", "--allow_version_labels_for_unavailable_models"
    )
    yield server
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture(scope="session")
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("socket") / "grpc.sock"


@pytest.fixture(scope="session")
def extras(tmp_path_factory: pytest.TempPathFactory, socket_path: Path) -> Iterator[Running]:
    """The test models again, with batching, metrics, CORS and a UNIX socket."""
    folder = tmp_path_factory.mktemp("extras")
    models, batching = folder / "models.config", folder / "batching.config"
    models.write_text(config({name: MODELS[name] for name in ("default", "lenet", "types", "counter")}))
    # Long enough for requests that are sent together to meet.
    batching.write_text(
        "max_batch_size { value: 8 } batch_timeout_micros { value: 300000 } max_enqueued_batches { value: 1000 }"
    )
    server = Running(
        folder / "log.txt",
        f"--model_config_file={models}",
        "--enable_batching",
        f"--batching_parameters_file={batching}",
        f"--monitoring_config_file={TESTDATA / 'monitoring_config.txt'}",
        "--rest_api_enable_cors_support=true",
        f"--grpc_socket_path={socket_path}",
    )
    yield server
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What starting the server in this process changes of it is put back: signal handlers and environment."""
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)
