"""Flags, configuration file, reload by poll and by RPC, labels, bad starts, kill and restart. Cases F01 to F36."""

# ruff: noqa: E501 - a case is a line

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import text_format
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest

from server.tensorflow_serving.__main__ import NOTICE, main
from server.tensorflow_serving.flags import BadFlags, Flags, parse
from tests.conftest import ROOT
from tests.tensorflow_serving.conftest import ALL_VERSIONS
from tests.tensorflow_serving.running import (
    SECONDS,
    TESTDATA,
    Running,
    config,
    numbered,
    until,
    with_an_endless_end,
)
from workbook.servers.process import free_port

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
    server = Running(log, f"--model_config_file={config_file}", "--model_config_file_poll_wait_seconds=1")
    late.join()
    yield server
    server.stop()


def add_when_missed(log: Path, base: Path) -> None:
    until(lambda: log.exists() and "No versions of servable late" in log.read_text(), SECONDS, lambda: "no word of it")
    shutil.copytree(PLUS_N / "2", base.parent / "writing")
    (base.parent / "writing").rename(base / "2")


def reload(server: Running, text: str) -> None:
    request = text_format.Parse("config { " + text + " }", ReloadConfigRequest())
    server.models.HandleReloadConfigRequest(request, timeout=SECONDS)


def refused(server: Running, text: str) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        reload(server, text)
    return caught.value.code(), caught.value.details()


def test_f01_an_empty_folder_means_waiting(reloading):
    assert reloading.states("late") == {2: "AVAILABLE"}


def test_f02_a_file_that_changed_is_read_and_replaces_everything(reloading, config_file):
    config_file.write_text(config({"n": PLUS_N, "three": THREE}))
    reloading.await_states("three", v123="AVAILABLE")
    reloading.await_states("n", v5="AVAILABLE")
    reloading.await_states("late", v2="END")


def test_f03_a_bad_file_changes_nothing_and_is_logged(reloading, config_file):
    config_file.write_text("improperly formatted file")
    until(lambda: "Invalid protobuf file" in reloading.log.read_text(), SECONDS, reloading.log.read_text)
    reloading.await_states("n", v5="AVAILABLE")
    config_file.write_text(config({"n": PLUS_N}, n=ALL_VERSIONS))
    reloading.await_states("n", v5="AVAILABLE", v4="AVAILABLE", v3="AVAILABLE", v2="AVAILABLE")
    reloading.await_states("three", v123="END")


def test_f04_a_label_on_an_available_version(reloading, config_file):
    label = 'version_labels { key: "stable" value: 3 }'
    config_file.write_text(config(ONE, n=ALL_VERSIONS + label))
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
    config_file.write_text(config(ONE, n=ALL_VERSIONS))
    reloading.kill()
    reloading.start()
    assert reloading.states("n") == before


def test_f07_a_reload_by_rpc_returns_when_the_new_models_are_up(reloading, config_file):
    config_file.write_text(text := config({"three": THREE}))
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
    config_file.write_text('custom_model_config { type_url: "t" }')
    message = (
        "FAILED_PRECONDITION: Cannot transition to requested config. It is only legal to transition from one Model"
    )
    until(lambda: message in reloading.log.read_text(), SECONDS, reloading.log.read_text)
    assert reloading.post("three:predict", {"instances": [1.0]}).ok
    config_file.write_text(kept)


@pytest.mark.parametrize(("text", "message"), numbered(BAD_CONFIGS, "-start"))
def test_a_bad_configuration_is_a_bad_start(text, message, tmp_path, handlers, capsys):
    path = tmp_path / "models.config"
    path.write_text(text)
    assert main([f"--model_config_file={path}"]) != 0
    assert message in capsys.readouterr().err


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What starting the server in this process changes of it is put back: signal handlers and environment."""
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


BASE = f"--model_base_path={PLUS_N}"
# number, flags, what standard error says
BAD_STARTS = [
    ("F13", [], "Error: INVALID_ARGUMENT: Both server_options.model_base_path and server_options.model_config_file are empty!"),
    ("F14", [BASE, "--batching_parameters_file=x"], "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."),
    ("F15", [BASE, "--no_such_flag"], "unknown argument: --no_such_flag"),
    ("F16", [BASE, "--port"], "--port needs a value"),
    ("F17", [BASE, "--port=x"], "--port takes int, not 'x'"),
    ("F18", [BASE, "--enable_batching=maybe"], "--enable_batching takes bool, not 'maybe'"),
    ("F19", [BASE, "--port=0"], "At least one of server_options.grpc_port or server_options.grpc_socket_path must be set."),
    ("F20", [BASE, "--port=1234", "--rest_api_port=1234"], "--rest_api_port cannot be the same as --port."),
    ("F21", [BASE, "--port=65536"], "--port takes a number from 0 to 65535"),
    ("F22", ["--model_base_path=relative"], "to have an absolute path or URI; got base_path()=relative"),
    ("F23", ["--model_config_file=/no/such/file"], "Error: NOT_FOUND: /no/such/file; No such file or directory"),
    ("F24", [f"--model_config_file={TESTDATA / 'bad_model_config.txt'}"], "Error parsing text-format tensorflow.serving.ModelServerConfig: 1:1 "),
    ("F25", [BASE, "--enable_batching", f"--batching_parameters_file={TESTDATA / 'bad_model_config.txt'}"], "Invalid protobuf file"),
    ("F33", [BASE, *(f"--tensorflow_{kind}_parallelism=1" for kind in ("session", "intra_op", "inter_op"))], "You cannot configure all."),
    ("F26", [BASE, f"--monitoring_config_file={TESTDATA / 'bad_model_config.txt'}"], "Invalid protobuf file"),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "text"), numbered(BAD_STARTS))
def test_a_bad_start_exits_non_zero_and_says_why(flags, text, handlers, capsys):
    assert main(flags) != 0
    assert text in capsys.readouterr().err


def test_f27_a_model_that_cannot_be_loaded_is_a_bad_start(tmp_path, handlers, capsys):
    (tmp_path / "1").mkdir()
    assert main([f"--model_base_path={tmp_path}", "--model_name=m", "--max_num_load_retries=0"]) != 0
    assert (
        "1 model(s) did not become available: {{{name: m version: 1} due to error: NOT_FOUND" in capsys.readouterr().err
    )


def test_f28_a_port_that_is_taken_is_a_bad_start(reloading, handlers, capsys):
    assert main([BASE, f"--port={reloading.port}"]) != 0
    assert "Cannot listen on" in capsys.readouterr().err


def test_f29_the_command_fails_with_the_status_and_says_what_it_is(tmp_path):
    command = [sys.executable, "-m", "workbook", "model-server", "--model_base_path=relative"]
    environment = with_an_endless_end(tmp_path)
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False, env=environment
    )
    assert result.returncode == 2
    assert NOTICE in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Failed to start server. Error: INVALID_ARGUMENT: Expected model")


@pytest.mark.parametrize("way", ["gRPC", "REST", "model"])
def test_f36_what_cannot_start_has_ended_when_it_has_said_so(way, reloading, tmp_path):
    (tmp_path / "1").mkdir()
    taken = f"--port={reloading.port}" if way == "gRPC" else f"--port={free_port()}"
    rest = reloading.url.rpartition(":")[2] if way == "REST" else 0
    command = [sys.executable, "-m", "server.tensorflow_serving", taken, f"--rest_api_port={rest}"]
    command += [f"--model_base_path={tmp_path if way == 'model' else PLUS_N}", "--max_num_load_retries=0"]
    with subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=with_an_endless_end(tmp_path)
    ) as process:
        try:
            said = next(line for line in process.stderr if line.startswith("Failed to start server. Error: "))
            assert ("1 model(s) did not become available" if way == "model" else "Cannot listen on") in said
            assert process.wait(SECONDS) == 2
        finally:
            process.kill()


def test_f32_ctrl_c_while_tensorflow_is_imported_ends_quietly():
    command = [sys.executable, "-m", "server.tensorflow_serving", BASE, "--port=1"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        # What it is, it says before it imports anything large.
        assert process.stderr.readline() == NOTICE.splitlines(keepends=True)[0]
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == -signal.SIGINT
    assert rest in NOTICE + "\n"


def test_f31_with_the_flag_a_label_may_be_new_but_not_moved_to_a_version_that_is_not(serving):
    # The server was started with labels, when no version was there yet.
    assert serving.get("default/labels/stable/metadata").ok
    text = config({"default": TESTDATA / "none"}, default='version_labels { key: "stable" value: 99 }')
    assert refused(serving, text)[0] == grpc.StatusCode.FAILED_PRECONDITION


def test_f30_flags_are_parsed_as_upstream():
    flags = parse(["--port=1", "--enable_batching", "--enable_model_warmup=false", "--model_name=a=b"])
    assert (flags.port, flags.enable_batching, flags.enable_model_warmup, flags.model_name) == (1, True, False, "a=b")
    assert (Flags().port, Flags().rest_api_port, Flags().model_name) == (8500, 0, "default")
    with pytest.raises(BadFlags):
        parse(["port=1"])
