"""Versions on disk: names, policies, swaps, broken ones. Cases V01 to V13."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from server.tensorflow_serving.execution.tensors import to_proto
from server.tensorflow_serving.lifecycle.source import versions_in
from server.tensorflow_serving.status import ServingError
from tests.tensorflow_serving.running import SECONDS, TESTDATA, Running, config

PLUS_N = TESTDATA / "half_plus_n"  # versions 2 to 5, each adding its own number
START = {
    "swapped": [2],
    "latest": [2, 3, 4],
    "two": [2, 3, 4],
    "all": [2, 3, 4],
    "specific": [2, 3, 4, 5],
    "broken": [2],
}
POLICIES = {
    "two": "model_version_policy { latest { num_versions: 2 } }",
    "all": "model_version_policy { all {} }",
    "specific": "model_version_policy { specific { versions: [2, 4, 77] } }",
}
CLIENTS = 8


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("repository")


@pytest.fixture(scope="module")
def versions(repository) -> Iterator[Running]:
    for model, numbers in START.items():
        for number in numbers:
            shutil.copytree(PLUS_N / str(number), repository / model / f"{number:08}")
    models = repository / "models.config"
    models.write_text(config({model: repository / model for model in START}, **POLICIES))
    retries = ("--max_num_load_retries=1", "--load_retry_interval_micros=200000")
    server = Running(repository / "log.txt", f"--model_config_file={models}", *retries)
    yield server
    assert server.stop() == 0, server.log.read_text()


def add(repository: Path, model: str, number: int) -> None:
    """As one should: complete it elsewhere, then give it its name in one step."""
    writing = repository / "writing"
    shutil.copytree(PLUS_N / str(number), writing)
    writing.rename(repository / model / str(number))


def answer(server: Running, path: str) -> float:
    return server.post(f"{path}:predict", {"inputs": 0.0}).json()["outputs"]


def test_v01_the_latest_version_by_default(versions):
    versions.await_states("latest", v4="AVAILABLE")
    assert answer(versions, "latest") == 4.0


def test_v02_the_latest_two(versions):
    versions.await_states("two", v4="AVAILABLE", v3="AVAILABLE")
    assert [answer(versions, path) for path in ("two", "two/versions/3")] == [4.0, 3.0]
    assert versions.post("two/versions/2:predict", {"inputs": 0.0}).status_code == 404


def test_v03_all_versions(versions):
    versions.await_states("all", v4="AVAILABLE", v3="AVAILABLE", v2="AVAILABLE")
    assert answer(versions, "all/versions/2") == 2.0


def test_v04_specific_versions(versions):
    versions.await_states("specific", v4="AVAILABLE", v2="AVAILABLE")
    assert answer(versions, "specific") == 4.0
    assert "[77] of servable specific" in versions.log.read_text()


def test_v05_a_new_version_replaces_the_old_one_which_stays_on_record(versions, repository):
    add(repository, "latest", 5)
    versions.await_states("latest", v5="AVAILABLE", v4="END")
    assert answer(versions, "latest") == 5.0


def test_v06_without_the_newest_it_goes_back(versions, repository):
    shutil.rmtree(repository / "latest" / "5")
    versions.await_states("latest", v5="END", v4="AVAILABLE")
    assert answer(versions, "latest") == 4.0


def test_v07_without_any_it_is_not_found(versions, repository):
    for path in (repository / "latest").iterdir():
        shutil.rmtree(path)
    versions.await_states("latest", v5="END", v4="END")
    response = versions.post("latest:predict", {"inputs": 0.0})
    assert (response.status_code, response.json()["error"]) == (404, "Servable not found for request: Latest(latest)")
    assert "Did you forget to name your leaf directory as a number (eg. '/1/')?" in versions.log.read_text()


def test_v08_what_was_served_before_is_served_again(versions, repository):
    add(repository, "latest", 3)
    versions.await_states("latest", v5="END", v4="END", v3="AVAILABLE")


def test_v09_a_broken_version_leaves_the_old_one_serving(versions, repository):
    (repository / "broken" / "9").mkdir()
    versions.await_states("broken", v9="END", v2="AVAILABLE")
    assert answer(versions, "broken") == 2.0
    status = versions.get("broken/versions/9").json()["model_version_status"][0]["status"]
    assert status["error_code"] == "NOT_FOUND"
    assert "Could not find SavedModel .pb or .pbtxt at supplied export directory path" in status["error_message"]
    assert versions.log.read_text().count("{name: broken version: 9} failed") == 2  # once, and once again


def test_v10_a_version_that_was_repaired_is_loaded_when_it_comes_again(versions, repository):
    (repository / "broken" / "9").rmdir()
    add(repository, "broken", 5)
    versions.await_states("broken", v9="END", v5="AVAILABLE", v2="END")
    (repository / "broken" / "5").rename(repository / "broken" / "9")
    versions.await_states("broken", v9="AVAILABLE", v5="END", v2="END")
    assert answer(versions, "broken") == 5.0


def test_v11_swaps_under_eight_clients_fail_no_request(versions, repository):
    with clients(versions) as answers:
        for number in (3, 4, 5):
            add(repository, "swapped", number)
            old = {f"v{before}": "END" for before in range(2, number)}
            versions.await_states("swapped", **old, **{f"v{number}": "AVAILABLE"})
        for number in (5, 4, 3):
            shutil.rmtree(repository / "swapped" / str(number))
        versions.await_states("swapped", v2="AVAILABLE", v3="END", v4="END", v5="END")
    assert set(answers) == {2.0, 3.0, 4.0, 5.0}
    assert len(answers) > 500


@contextmanager
def clients(server: Running) -> Iterator[list]:
    """Half ask over REST, half over gRPC; yields the list of what they got: a number, or what went wrong."""
    answers: list = []
    done = threading.Event()
    request = PredictRequest()
    request.model_spec.name = "swapped"
    request.inputs["x"].CopyFrom(to_proto(np.array([0], np.float32)))

    def rest() -> float:
        return answer(server, "swapped")

    def grpc() -> float:
        return server.predictions.Predict(request, timeout=SECONDS).outputs["y"].float_val[0]

    def ask(call) -> None:
        while not done.is_set():
            try:
                answers.append(call())
            except Exception as error:
                answers.append(repr(error))

    threads = [threading.Thread(target=ask, args=(rest if number % 2 else grpc,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_v12_names_of_versions(tmp_path):
    for name in ("1", "00000123", "x", "1.0", "-5", "12a", str(2**63), str(2**63 - 1), "0123"):
        (tmp_path / name).mkdir()
    (tmp_path / "7").touch()
    assert {number: path.name for number, path in versions_in(str(tmp_path)).items()} == {
        1: "1",
        123: "00000123",
        -5: "-5",
        2**63 - 1: str(2**63 - 1),
    }


def test_v13_a_base_path_that_is_not_there(tmp_path):
    with pytest.raises(ServingError, match="Could not find base path"):
        versions_in(str(tmp_path / "missing"))
    (tmp_path / "file").touch()
    with pytest.raises(ServingError, match=r"Cannot read base path .*: Not a directory"):
        versions_in(str(tmp_path / "file"))
