"""Command lines: how flags are read, bad starts, and how each way to start ends. Cases F13 to F40."""

# ruff: noqa: E501 - a case is a line

from __future__ import annotations

import errno
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from server.tensorflow_serving.__main__ import NOTICE, main
from server.tensorflow_serving.flags import BadFlags, Flags, parse
from tests.conftest import ROOT
from tests.tensorflow_serving.running import SECONDS, TESTDATA, numbered, with_an_endless_end
from workbook.servers.process import free_port

PLUS_N = TESTDATA / "half_plus_n"
BASE = f"--model_base_path={PLUS_N}"
BINARY = next((PLUS_N / "2" / "variables").glob("*.data-*"))
NO_TEXT = f"Invalid protobuf file: '{BINARY}' (Error parsing text-format tensorflow.serving.{{}}: it is not text: 'utf-8' codec can't decode byte"
# number, flags, what the last line of standard error says
BAD_STARTS = [
    ("F13", [], "Error: INVALID_ARGUMENT: Both server_options.model_base_path and server_options.model_config_file are empty!"),
    ("F14", [BASE, "--batching_parameters_file=x"], "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."),
    ("F15", [BASE, "--no_such_flag"], "unknown argument: --no_such_flag; see --help"),
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
    ("F37-folder", [f"--model_config_file={TESTDATA}"], f"NOT_FOUND: {TESTDATA}; Is a directory"),
    ("F37-below-a-file", [f"--model_config_file={BINARY}/x"], f"FAILED_PRECONDITION: {BINARY}/x; Not a directory"),
    ("F37-models", [f"--model_config_file={BINARY}"], NO_TEXT.format("ModelServerConfig")),
    ("F37-monitoring", [BASE, f"--monitoring_config_file={BINARY}"], NO_TEXT.format("MonitoringConfig")),
    ("F37-batching", [BASE, "--enable_batching", f"--batching_parameters_file={BINARY}"], NO_TEXT.format("BatchingParameters")),
    ("F38-rest", [BASE, "--rest_api_num_threads=-1"], "--rest_api_num_threads takes a number from 0 to 2147483647"),
    ("F38-grpc", [BASE, "--grpc_max_threads=-1"], "--grpc_max_threads takes a number from 0 to 2147483647"),
    ("F38-tensorflow", [BASE, "--tensorflow_session_parallelism=-1"], "--tensorflow_session_parallelism takes a number from 0 to 2147483647"),
    ("F38-retries", [BASE, "--max_num_load_retries=99999999999"], "--max_num_load_retries takes a number from 0 to 2147483647"),
    ("F26", [BASE, f"--monitoring_config_file={TESTDATA / 'bad_model_config.txt'}"], "Invalid protobuf file"),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "text"), numbered(BAD_STARTS))
def test_a_bad_start_exits_non_zero_and_says_why(flags, text, handlers, capsys):
    assert main(flags) != 0
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("Failed to start server. Error: ")
    assert text in last


def test_f39_a_file_that_may_not_be_read(handlers, capsys, monkeypatch):
    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")  # root, who runs the tests in places, may read all

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert main(["--model_config_file=/models.config"]) != 0
    assert "Error: PERMISSION_DENIED: /models.config; Permission denied\n" in capsys.readouterr().err


def test_f40_help_lists_the_flags_and_a_bad_flag_does_not():
    command = [sys.executable, "-m", "workbook", "model-server"]
    shown = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=True)
    assert [flag for flag in vars(Flags()) if f"--{flag}=" not in shown.stdout] == []
    refused = subprocess.run(
        [*command, BASE, "--prot=1"], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "Failed to start server. Error: unknown argument: --prot=1; see --help\n"


def test_f27_a_model_that_cannot_be_loaded_is_a_bad_start(tmp_path, handlers, capsys):
    (tmp_path / "1").mkdir()
    assert main([f"--model_base_path={tmp_path}", "--model_name=m", "--max_num_load_retries=0"]) != 0
    assert (
        "1 model(s) did not become available: {{{name: m version: 1} due to error: NOT_FOUND" in capsys.readouterr().err
    )


def test_f29_the_command_fails_with_the_status_and_says_what_it_is(tmp_path):
    command = [sys.executable, "-m", "workbook", "model-server", "--model_base_path=relative"]
    environment = with_an_endless_end(tmp_path)
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False, env=environment
    )
    assert result.returncode == 2
    assert NOTICE in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Failed to start server. Error: INVALID_ARGUMENT: Expected model")


def ports(way: str, taken: int) -> list[str]:
    return [
        f"--port={taken if way == 'gRPC' else free_port()}",
        f"--rest_api_port={taken if way == 'REST' else free_port()}",
    ]


@pytest.mark.parametrize("way", ["gRPC", "REST", "model"])
def test_f28_what_cannot_start_says_why_and_has_ended_then(way, tmp_path):
    (tmp_path / "1").mkdir()
    command = [sys.executable, "-m", "server.tensorflow_serving", "--max_num_load_retries=0"]
    command.append(f"--model_base_path={tmp_path if way == 'model' else PLUS_N}")
    environment = with_an_endless_end(tmp_path)
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        subprocess.Popen(
            [*command, *ports(way, other.getsockname()[1])],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        ) as process,
    ):
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


def test_f30_flags_are_parsed_as_upstream():
    flags = parse(["--port=1", "--enable_batching", "--enable_model_warmup=false", "--model_name=a=b"])
    assert (flags.port, flags.enable_batching, flags.enable_model_warmup, flags.model_name) == (1, True, False, "a=b")
    assert (Flags().port, Flags().rest_api_port, Flags().model_name) == (8500, 0, "default")
    with pytest.raises(BadFlags):
        parse(["port=1"])
