"""A model server for a notebook: the stand-in as it is, and the official image as far as it goes without one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
import requests

from server.model_card import PINNED_MODELS
from workbook.servers import model_server
from workbook.servers.model_server import OFFICIAL_IMAGE, ModelServer
from workbook.servers.process import DidNotStart, answers

# What `docker` is asked, written down; `run` then answers everything at the port that stands for the REST port inside.
DOCKER = """#!{python}
import os, sys, re
arguments = sys.argv[1:]
with open({log!r}, "a") as log:
    print(*arguments, file=log)
if arguments[0] == "image":
    sys.exit(0 if arguments[2] == {image!r} else 1)
ports = dict(re.findall(r"127.0.0.1:(\\d+):(\\d+)", " ".join(arguments)))
outside = {{inside: port for port, inside in ports.items()}}
inside = next(flag.partition("=")[2] for flag in arguments if flag.startswith("--rest_api_port="))
import http.server
http.server.SimpleHTTPRequestHandler.do_GET = lambda self: self.send_error(204)
http.server.HTTPServer(("127.0.0.1", int(outside[inside])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


@pytest.fixture
def models(tmp_path) -> Path:
    return shutil.copytree(PINNED_MODELS / "clothes" / "1", tmp_path / "clothes" / "1").parent.parent


@pytest.fixture
def docker(tmp_path, monkeypatch) -> Path:
    """A `docker` that has the official image; the path of its log."""
    folder, log = tmp_path / "bin", tmp_path / "docker.log"
    folder.mkdir()
    (folder / "docker").write_text(DOCKER.format(python=sys.executable, log=str(log), image=OFFICIAL_IMAGE))
    (folder / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH")])))
    return log


def flags_for(models: Path) -> list[str]:
    return ["--model_name=clothes", f"--model_base_path={models}/clothes"]


def test_where_docker_has_no_image_the_stand_in_waits_for_a_version_and_serves_it_until_it_is_stopped(
    models, monkeypatch
):
    monkeypatch.setenv("PATH", str(models))  # no docker there
    (models / "clothes" / "1").rename(models / "later")
    with ModelServer(models, *flags_for(models), ready="") as server:
        server.wait_for_log("No versions of servable clothes found under base path")
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{server.url}/v1/models/clothes", timeout=10)
        (models / "later").rename(models / "clothes" / "1")
        server.wait_until(lambda: answers(f"{server.url}/v1/models/clothes"), "answer")
        status = requests.get(f"{server.url}/v1/models/clothes", timeout=10).json()
        assert status["model_version_status"][0]["state"] == "AVAILABLE"
        assert not server.official
        assert "stand-in for TensorFlow Serving" in server.log()
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=10)


def test_where_docker_has_the_image_it_runs_it_with_the_same_flags(models, docker, monkeypatch):
    monkeypatch.setattr(model_server.platform, "machine", lambda: "x86_64")
    with ModelServer(models, *flags_for(models)) as server:
        assert server.official
        assert requests.get(f"{server.url}/v1/models/clothes", timeout=10).ok
    inspect, run = docker.read_text().splitlines()
    assert inspect == f"image inspect {OFFICIAL_IMAGE}"
    assert (
        f"--volume {models}:{models}:ro {OFFICIAL_IMAGE} --rest_api_port=8501 --port=8500 --model_name=clothes" in run
    )
    assert "--rm --init --entrypoint tensorflow_model_server" in run


def test_where_there_is_no_image_for_the_processor_docker_is_not_asked(docker, monkeypatch):
    monkeypatch.setattr(model_server.platform, "machine", lambda: "arm64")
    assert not model_server.official_image_runs()
    assert not docker.exists()


def test_flags_that_it_does_not_know_are_named(models):
    with pytest.raises(DidNotStart, match="--no_such_flag"):
        ModelServer(models, "--no_such_flag=1")
