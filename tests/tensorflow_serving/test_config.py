"""Configuration file, reload by poll and by RPC, labels, kill and restart. Cases F01 to F43."""

# ruff: noqa: E501 - a case is a line

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import text_format
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest

from server.tensorflow_serving.__main__ import main
from tests.tensorflow_serving.conftest import ALL_VERSIONS
from tests.tensorflow_serving.running import (
    SECONDS,
    TESTDATA,
    Running,
    config,
    numbered,
    until,
)

PLUS_N = TESTDATA / "half_plus_n"
THREE = TESTDATA / "saved_model_half_plus_three"
ONE = {"n": PLUS_N}


@pytest.fixture(scope="module")
def config_file(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("config") / "models.config"


@pytest.fixture(scope="module")
def reloading(config_file) -> Iterator[Running]:
    """A server that is started on an empty folder, and gets its first version while it waits."""
    folder = config_file.parent
    base, log = folder / "late", folder / "log.txt"
    base.mkdir()
    config_file.write_text(config({"late": base}))
    late = threading.Thread(target=add_when_missed, args=(log, base))
    late.start()
    server = Running(
        log, f"--model_config_file={config_file}", "--model_config_file_poll_wait_seconds=1", "--max_num_load_retries=0"
    )
    late.join()
    yield server
    server.stop()


def add_when_missed(log: Path, base: Path) -> None:
    until(lambda: log.exists() and "No versions of servable late" in log.read_text(), SECONDS, lambda: "no word of it")
    shutil.copytree(PLUS_N / "2", base.parent / "writing")
    (base.parent / "writing").rename(base / "2")


def put(config_file: Path, text: str) -> None:
    """Write the file at once: the server looks each second, and would tell of one that it finds half written."""
    (new := config_file.with_name("new.config")).write_text(text)
    new.replace(config_file)


def reload(server: Running, text: str) -> None:
    request = text_format.Parse("config { " + text + " }", ReloadConfigRequest())
    server.models.HandleReloadConfigRequest(request, timeout=SECONDS)


def refused(server: Running, text: str) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        reload(server, text)
    return caught.value.code(), caught.value.details()


def mend(server: Running, config_file: Path, text: str) -> None:
    """Put a right configuration in the place of a bad one, and wait until the server says so."""
    before = reloads_told(server)
    put(config_file, text)
    until(lambda: reloads_told(server) > before, SECONDS, server.log.read_text)


def reloads_told(server: Running) -> int:
    return server.log.read_text().count("Reloaded")


def test_f01_an_empty_folder_means_waiting(reloading):
    assert reloading.states("late") == {2: "AVAILABLE"}


def test_f02_a_file_that_changed_is_read_and_replaces_everything(reloading, config_file):
    put(config_file, config({"n": PLUS_N, "three": THREE}))
    reloading.await_states("three", v123="AVAILABLE")
    reloading.await_states("n", v5="AVAILABLE")
    reloading.await_states("late", v2="END")


def test_f03_a_bad_file_changes_nothing_and_is_logged(reloading, config_file):
    put(config_file, "improperly formatted file")
    until(lambda: "Invalid protobuf file" in reloading.log.read_text(), SECONDS, reloading.log.read_text)
    reloading.await_states("n", v5="AVAILABLE")
    mend(reloading, config_file, config({"n": PLUS_N}, n=ALL_VERSIONS))
    reloading.await_states("n", v5="AVAILABLE", v4="AVAILABLE", v3="AVAILABLE", v2="AVAILABLE")
    reloading.await_states("three", v123="END")


def test_f41_that_a_bad_file_is_right_again_is_said_once(reloading, config_file):
    kept, before = config_file.read_text(), reloads_told(reloading)
    for bad in ("}", "!"):
        put(config_file, kept + bad)
        until(lambda bad=bad: f"got {bad}" in reloading.log.read_text(), SECONDS, reloading.log.read_text)
        mend(reloading, config_file, kept)  # what it was: no model is loaded that would tell
    assert reloads_told(reloading) == before + 2


def test_f04_a_label_on_an_available_version(reloading, config_file):
    label = 'version_labels { key: "stable" value: 3 }'
    put(config_file, config(ONE, n=ALL_VERSIONS + label))
    until(lambda: reloading.get("n/labels/stable/metadata").ok, SECONDS, reloading.log.read_text)
    assert reloading.post("n/labels/stable:predict", {"inputs": 0.0}).json() == {"outputs": 3.0}


@pytest.mark.parametrize("label", ["stable", "new"])
def test_f05_a_label_on_a_version_that_is_not(reloading, label):
    text = config(ONE, n=ALL_VERSIONS + f'version_labels {{ key: "{label}" value: 99 }}')
    message = "Request to assign label to version 99 of model n, which is not currently available for inference"
    assert refused(reloading, text) == (grpc.StatusCode.FAILED_PRECONDITION, message)
    assert reloading.post("n/labels/stable:predict", {"inputs": 0.0}).json() == {"outputs": 3.0}


def test_f06_killed_and_started_again_it_serves_the_same(reloading, config_file):
    before = reloading.states("n")
    # Without labels: at the start, no version is there to put one on.
    put(config_file, config(ONE, n=ALL_VERSIONS))
    reloading.kill()
    reloading.start()
    until(lambda: reloading.states("n") == before, SECONDS, lambda: f"{reloading.states('n')} is not {before}")


def test_f07_a_reload_by_rpc_returns_when_the_new_models_are_up(reloading, config_file):
    put(config_file, text := config({"three": THREE}))
    reload(reloading, text)
    assert reloading.post("three:predict", {"instances": [1.0]}).json() == {"predictions": [3.5]}


# number, configuration, message
BAD_CONFIGS = [
    ("F08", config(ONE).replace("}\n}", "}\n" + config(ONE).split("\n")[1] + "\n}"), "Illegal to list model n multiple times in config list"),
    ("F09", config({"n": Path("relative")}), "Expected model n to have an absolute path or URI; got base_path()=relative"),
    ("F10", config(ONE).replace('"tensorflow"', '"caffe"'), "Model n requests unsupported platform caffe"),
    ("F11", config(ONE).replace('model_platform: "tensorflow"', ""), "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform, model name is n"),
    ("F12", config(ONE, n="model_type: TENSORFLOW"), "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform, model name is n"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), numbered(BAD_CONFIGS))
def test_a_bad_configuration_is_refused_and_changes_nothing(reloading, text, message):
    assert refused(reloading, text) == (grpc.StatusCode.INVALID_ARGUMENT, message)
    assert reloading.post("three:predict", {"instances": [1.0]}).ok


def test_f34_a_model_may_not_change_its_platform(reloading):
    text = config({"three": THREE}).replace('"tensorflow"', '"caffe"')
    message = (
        "Illegal to change a model's platform. For model three platform was tensorflow and new platform requested "
    )
    assert refused(reloading, text) == (grpc.StatusCode.INVALID_ARGUMENT, f"{message}is caffe")
    deprecated = 'model_config_list { config { name: "three" base_path: "' + str(THREE) + '" model_type: TENSORFLOW } }'
    reload(reloading, deprecated)  # another word for the same


def test_f35_only_a_list_of_models_may_follow_one(reloading, config_file):
    kept = config_file.read_text()
    put(config_file, 'custom_model_config { type_url: "t" }')
    message = (
        "FAILED_PRECONDITION: Cannot transition to requested config. It is only legal to transition from one Model"
    )
    until(lambda: message in reloading.log.read_text(), SECONDS, reloading.log.read_text)
    assert reloading.post("three:predict", {"instances": [1.0]}).ok
    mend(reloading, config_file, kept)


def test_f42_a_folder_that_comes_back_is_told(reloading, config_file):
    base = config_file.parent / "late"
    put(config_file, text := config({"back": base}))
    reload(reloading, text)
    base.rename(away := base.with_name("away"))
    until(lambda: "Could not find base path" in reloading.log.read_text(), SECONDS, reloading.log.read_text)
    away.rename(base)
    until(lambda: "Found versions [2] of servable back" in reloading.log.read_text(), SECONDS, reloading.log.read_text)


def test_f43_a_model_that_cannot_be_loaded_makes_no_bad_file(reloading, config_file):
    before = reloads_told(reloading)
    (config_file.parent / "broken" / "1").mkdir(parents=True)
    put(config_file, config({"n": PLUS_N, "broken": config_file.parent / "broken"}))
    until(lambda: "did not become available" in reloading.log.read_text(), SECONDS, reloading.log.read_text)
    put(config_file, config({"three": THREE}))
    reloading.await_states("three", v123="AVAILABLE")
    assert reloads_told(reloading) == before


@pytest.mark.parametrize(("text", "message"), numbered(BAD_CONFIGS, "-start"))
def test_a_bad_configuration_is_a_bad_start(text, message, tmp_path, handlers, capsys):
    path = tmp_path / "models.config"
    path.write_text(text)
    assert main([f"--model_config_file={path}"]) != 0
    assert message in capsys.readouterr().err


def test_f31_with_the_flag_a_label_may_be_new_but_not_moved_to_a_version_that_is_not(serving):
    # The server was started with labels, when no version was there yet.
    assert serving.get("default/labels/stable/metadata").ok
    text = config({"default": TESTDATA / "none"}, default='version_labels { key: "stable" value: 99 }')
    assert refused(serving, text)[0] == grpc.StatusCode.FAILED_PRECONDITION
