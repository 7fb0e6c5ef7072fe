"""The image of the reference server, built and run by a real engine."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import docker
import pytest
import requests

from tests.conftest import ROOT
from tests.docker.conftest import address, figures, running, wait_until
from tests.docker.test_dockerfiles import listed
from workbook.setup.doctor import pinned_versions

IMAGE = {"image": [[0, 9] * 14] * 28}
CLASSIFY = "/models/clothes/v1"


@pytest.fixture(scope="module")
def server(engine, server_image):
    with running(engine, server_image, "--workers", "2") as container:
        yield container


def inside(container, *command: str) -> str:
    status, output = container.exec_run(list(command))
    assert status == 0, output
    return output.decode()


@pytest.mark.docker
def test_every_package_in_it_is_there_for_the_server_and_at_the_version_of_the_lock(server):
    code = "import importlib.metadata as m; print(*[f'{d.name}=={d.version}' for d in m.distributions()])"
    pairs = [pair.split("==") for pair in inside(server, "/opt/venv/bin/python", "-I", "-c", code).split()]
    found = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pairs}
    pinned = pinned_versions(ROOT / "requirements.lock")
    assert found == {name: pinned[name] for name in found}
    assert set(listed("server.txt")) <= set(found)
    assert not set(found) & {"tensorflow", "keras", "scikit-learn", "pip", "setuptools", "pytest", "jupyterlab"}


@pytest.mark.docker
def test_classifies_with_a_read_only_root_and_no_rights(server):
    answer = requests.post(address(server, 8000) + CLASSIFY, json=IMAGE, timeout=30)
    assert answer.status_code == 200
    assert len(answer.json()["result"][0]) == 10
    for route, kind in {"/": "text/html", "/docs": "text/html", "/openapi.json": "application/json"}.items():
        found = requests.get(address(server, 8000) + route, timeout=30)
        assert found.ok and found.headers["Content-Type"].startswith(kind), route


@pytest.mark.docker
def test_nobody_in_it_is_root_and_nothing_of_it_can_be_written(server, engine, server_image):
    assert server_image.attrs["Config"]["User"] == "10001"
    processes = server.top(ps_args="-eo pid,uid,args")["Processes"]
    assert len(processes) >= 3, "the main process and two workers"
    assert {uid for _, uid, *_ in processes} == {"10001"}
    assert inside(server, "id", "-u").strip() == "10001"
    assert server.exec_run(["touch", "/tmp/x"]).exit_code == 0
    assert server.exec_run(["touch", "/models/x"]).exit_code != 0
    # Nor could the code be changed if the file system were writable: it is root's.
    command = ["-c", "import os; print(os.access('/app/server/api.py', os.W_OK), os.access('/models', os.W_OK))"]
    printed = engine.containers.run(server_image, command, entrypoint=["python"], remove=True)
    assert printed == b"False True\n"


@pytest.mark.docker
def test_one_port_listens_and_is_published_on_loopback_alone(server):
    lines = inside(server, "cat", "/proc/net/tcp", "/proc/net/tcp6").splitlines()
    listening = {line.split()[1] for line in lines if " 0A " in line}
    # Docker's own name server listens at 127.0.0.11, in networks that have names.
    assert {int(local.split(":")[1], 16) for local in listening if not local.startswith("0B00007F")} == {8000}
    assert list(server.ports) == ["8000/tcp"]
    assert address(server, 8000).startswith("http://127.0.0.1:")


@pytest.mark.docker
def test_its_log_is_a_json_object_a_line_on_standard_error(server):
    headers = {"X-Request-Id": "container-1"}
    requests.post(address(server, 8000) + CLASSIFY, json=IMAGE, headers=headers, timeout=30)
    wait_until(lambda: b"container-1" in server.logs(), "the line of the request")
    lines = [json.loads(line) for line in server.logs().splitlines()]
    (line,) = [line for line in lines if line.get("request") == "container-1"]
    assert (line["method"], line["path"], line["status"]) == ("POST", CLASSIFY, 200)
    assert {line["level"] for line in lines if "level" in line} == {"INFO"}, "a model was left out"
    (greeting,) = [line["message"] for line in lines if line.get("message", "").startswith("Serving ")]
    assert greeting == "Serving clothes v1, v2 at http://0.0.0.0:8000"
    assert server.logs(stderr=False) == b""


@pytest.mark.docker
def test_stops_at_once_when_asked_to(engine, server_image):
    with running(engine, server_image) as container:
        container.stop(timeout=30)
        container.reload()
        assert container.attrs["State"]["ExitCode"] == 0


@pytest.mark.docker
def test_says_what_it_is_and_holds_no_secret(server_image):
    config = server_image.attrs["Config"]
    assert {key.rpartition(".")[2] for key in config["Labels"]} == {
        "title", "description", "licenses", "version", "revision"
    }  # fmt: skip
    assert {setting.partition("=")[0] for setting in config["Env"]} <= {
        "PATH", "PYTHONUNBUFFERED",
        "LANG", "GPG_KEY", "PYTHON_VERSION", "PYTHON_SHA256",  # of the official base image
        "PIP_CERT", "SSL_CERT_FILE",  # of the tests' own
    }  # fmt: skip
    assert config["Entrypoint"][0] == "python", "a shell in between would keep the signals"
    assert config["Healthcheck"]["Test"][0] == "CMD"


@pytest.mark.docker
@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ({"command": ["--models", "/none"]}, b"/none is not a folder: expected a model repository"),
        ({"environment": {"SERVER_TOKENS_FILE": "/none"}}, b"SERVER_TOKENS_FILE: cannot read /none"),
    ],
)
def test_a_bad_setting_ends_it_with_one_line(engine, server_image, setting, complaint):
    with pytest.raises(docker.errors.ContainerError) as caught:
        engine.containers.run(server_image, remove=True, **setting)
    assert caught.value.exit_status == 2
    assert complaint in caught.value.stderr.splitlines()[-1]


def context_of(folder: Path) -> Path:
    """A copy of what the build is sent, to change a line of."""
    for name in ("server", "docker"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("requirements.lock", ".dockerignore"):
        shutil.copy(ROOT / name, folder)
    return folder


def reinstalls(engine, context: Path, dockerfile: str) -> bool:
    """Whether a build would run pip; as soon as that shows, it is given up."""
    log = engine.api.build(path=str(context), dockerfile=dockerfile, rm=True, forcerm=True, decode=True)
    running_pip = False
    for line in log:
        text = line.get("stream", "")
        if text.startswith("Step "):
            running_pip = "pip" in text
        elif running_pip and "Running in" in text:
            log.close()
            return True
    return False


@pytest.mark.docker
def test_a_changed_line_does_not_install_the_packages_again(engine, server_image, tmp_path):
    context = context_of(tmp_path / "context")
    api = context / "server" / "api.py"
    api.write_text(api.read_text() + "# one more line\n")
    assert not reinstalls(engine, context, "docker/server.Dockerfile")


@pytest.mark.docker
@pytest.mark.weekly
def test_is_at_least_ten_times_smaller_than_the_naive_image_which_installs_all_again(
    engine, build, server_image, tmp_path
):
    naive = build("docker/steps/1_naive.Dockerfile", "workbook-naive")
    ratio = naive.attrs["Size"] / server_image.attrs["Size"]
    figures.append(
        f"server image {server_image.attrs['Size'] / 1e6:.0f} MB; the naive one is {ratio:.1f} times as large"
    )
    assert ratio >= 10
    assert naive.attrs["Config"]["User"] == ""
    context = context_of(tmp_path / "context")
    api = context / "docker" / "steps" / "api.py"
    api.write_text(api.read_text() + "# one more line\n")
    assert reinstalls(engine, context, "docker/steps/1_naive.Dockerfile")
