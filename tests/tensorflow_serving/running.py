"""The stand-in as a process, and what a client needs to talk to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import grpc
import pytest
import requests
from tensorflow_serving.apis.model_service_pb2_grpc import ModelServiceStub
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

from tests.conftest import ROOT
from workbook.servers.process import free_port

TESTDATA = Path(__file__).parent / "testdata"
START_SECONDS = 600  # both are against hanging
SECONDS = 300
# What Python tidies up behind a program can take long: here, longer than a test waits.
ENDLESS = "import atexit, time\natexit.register(time.sleep, 10_000)\n"
CHANNEL_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class Running:
    """``python -m server.tensorflow_serving`` with the given flags, on free ports."""

    def __init__(self, log: Path, *flags: str) -> None:
        self.port, rest_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{rest_port}"
        self.log = log
        self._command = [sys.executable, "-m", "server.tensorflow_serving", f"--port={self.port}"]
        self._command += [f"--rest_api_port={rest_port}", *flags]
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, stdout=file, stderr=file, env=with_an_endless_end(self.log.parent)
            )
        self.http = requests.Session()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", CHANNEL_OPTIONS)
        self.predictions = PredictionServiceStub(self.channel)
        self.models = ModelServiceStub(self.channel)
        # REST is opened last, when all models have loaded.
        until(self._answers, START_SECONDS, self.log.read_text)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.http.get(f"{self.url}/v1/models", timeout=SECONDS).status_code == 400
        except requests.ConnectionError:
            return False

    def post(self, path: str, body: object, **options: object) -> requests.Response:
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.http.post(f"{self.url}/v1/models/{path}", data=data, timeout=SECONDS, **options)

    def get(self, path: str) -> requests.Response:
        return self.http.get(f"{self.url}/v1/models/{path}", timeout=SECONDS)

    def states(self, model: str) -> dict[int, str]:
        """The state of each version that the server knows of."""
        entries = self.get(model).json().get("model_version_status", [])
        return {int(entry["version"]): entry["state"] for entry in entries}

    def await_states(self, model: str, **expected: str) -> None:
        """Wait until the model's versions, given as ``v1="AVAILABLE"``, are exactly these."""
        wanted = {int(version[1:]): state for version, state in expected.items()}
        until(lambda: self.states(model) == wanted, SECONDS, lambda: f"{self.states(model)} is not {wanted}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(SECONDS)
        finally:
            self.kill()


def with_an_endless_end(folder: Path) -> dict[str, str]:
    """An environment in which a process that waits for Python to tidy up does not end."""
    (folder / "sitecustomize.py").write_text(ENDLESS)
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])}


def until(true, seconds: float, explain) -> None:
    """Poll ``true`` until it is."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {explain()}")
        time.sleep(0.05)


def config(models: dict[str, Path], **additions: str) -> str:
    """A ``ModelServerConfig`` in text format; ``additions`` are more fields, by model."""
    entries = [
        f'config {{ name: "{name}" base_path: "{path}" model_platform: "tensorflow" {additions.get(name, "")} }}'
        for name, path in models.items()
    ]
    return "model_config_list {\n" + "\n".join(entries) + "\n}\n"


def numbered(cases: list[tuple], suffix: str = "") -> list:
    """The cases of a table, whose first column is their number in docs/model_server.md."""
    return [pytest.param(*case[1:], id=case[0] + suffix) for case in cases]
