"""What a Docker engine makes of the student's files. No points: the grade is the same with or without an engine.

The files are put into a copy of the course, in the reference's place, and built and run from there.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
import requests
import yaml
from docker.models.containers import Container

from workbook.labs.checks.assertions import CheckFailed, Raised, Student, check, expect
from workbook.servers.containers import SOURCE, connect, url_of, wait_until_healthy

RUN, CHANGE, STOP = "Run it", "Change a line", "Stop it"
BUILD, LOOPBACK, COMPOSE = "Build it", "`0.0.0.0` inside, `127.0.0.1` outside", "All of it with one command"
CONTEXT = ("docker", "server", "requirements.lock", ".dockerignore")
HARDENED = {"read_only": True, "tmpfs": {"/tmp": ""}, "cap_drop": ["ALL"], "mem_limit": "512m", "pids_limit": 100}
READERS = (("dockerfile", "server.Dockerfile", (1, 2, 3, 4)), ("yaml_file", "compose.yaml", (5, 6)))
INSTALLS = re.compile(r"\b(pip3?|uv)\b.*\binstall\b")
BUILDKIT = (
    "Not built: your Dockerfile needs BuildKit, which Python's client does not speak. Your points do not depend on it. "
    "By hand: docker build --file work/labs/06_containers/server.Dockerfile ."
)
IMAGE = {"image": [[0, 9] * 14] * 28}
STOP_SECONDS = 30  # then Docker kills
HEALTHY_SECONDS = 300  # against waiting forever: a busy machine takes a minute
LOG = 600  # characters of what a build or a container printed


@pytest.fixture(scope="module")
def engine() -> Iterator[docker.DockerClient]:
    client = connect()
    if client is None:
        pytest.skip("Not built: no Docker engine here. Your points do not depend on it.")
    yield client
    client.close()


@pytest.fixture(scope="module")
def course(student: Student, files: dict[str, bytes]) -> Iterator[Path]:
    """What the engine is sent: the course's files, with the student's replacing the reference's."""
    for reader, name, tasks in READERS:
        for task in tasks:
            try:
                student.call(f"config_files:{reader}", f"docker/{name}", task)
            except Raised as error:
                if "NotImplementedError" in error.kinds:
                    pytest.skip("Not built: there are tasks to do.")
                raise
    with tempfile.TemporaryDirectory(prefix="workbook-lab-") as place:
        folder = Path(place)
        for name in CONTEXT:
            if (SOURCE / name).is_dir():
                shutil.copytree(SOURCE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(SOURCE / name, folder)
        for name, content in files.items():
            (folder / "docker" / name).write_bytes(content)
        yield folder


@pytest.fixture(scope="module")
def image(engine: docker.DockerClient, course: Path) -> Iterator[str]:
    """The name of the image that the student's Dockerfile makes."""
    name = f"workbook-lab-06:{secrets.token_hex(4)}"
    try:
        engine.images.build(path=str(course), dockerfile="docker/server.Dockerfile", tag=name, rm=True, forcerm=True)
    except docker.errors.DockerException as error:
        if "BuildKit" in str(error):
            pytest.skip(BUILDKIT)
        printed = "".join(line.get("stream", "") for line in getattr(error, "build_log", []))[-LOG:]
        raise CheckFailed("docker build", "an image", f"{error}\n{printed}") from error
    yield name
    engine.images.remove(name, force=True)


@pytest.fixture(scope="module")
def container(engine: docker.DockerClient, image: str) -> Iterator[Container]:
    """A container of that image, as an operator should start it."""
    found = engine.containers.run(image, detach=True, ports={"8000/tcp": ("127.0.0.1", None)}, **HARDENED)
    yield found
    found.remove(force=True, v=True)


def said(container: Container) -> str:
    return container.logs(tail=20).decode(errors="replace")[-LOG:] or "nothing printed"


@check(
    task=3,
    points=0,
    likely="see what the container printed: a package, a file or a permission is missing",
    read=RUN,
)
def test_it_gets_well(container: Container):
    """Engine: once built and started, it is healthy"""
    try:
        wait_until_healthy(container, HEALTHY_SECONDS)
    except (TimeoutError, docker.errors.DockerException) as error:
        container.reload()
        health = container.attrs["State"].get("Health", {}).get("Status", "no health check")
        raise CheckFailed("docker run", "healthy", f"{container.status}, {health}; {said(container)}") from error


@check(task=4, points=0, likely="no USER in the last stage", read="Look inside")
def test_no_process_is_root(container: Container):
    """Engine: no process in it is root"""
    container.reload()
    expect(container.status == "running", "docker run", "a container that runs", said(container))
    users = {user for _, user, *_ in container.top(ps_args="-eo pid,uid,args")["Processes"]}
    expect("0" not in users, "docker top", "no process of user 0", f"users {sorted(users)}")


@check(
    task=4,
    points=0,
    likely="it listens on the container's own 127.0.0.1, where only its own health check can reach it",
    read=LOOPBACK,
)
def test_it_answers_from_outside(container: Container):
    """Engine: a picture sent from this machine gets its scores"""
    container.reload()
    expect(container.status == "running", "docker run", "a container that runs", said(container))
    try:
        answer = requests.post(url_of(container) + "/models/clothes/v1", json=IMAGE, timeout=60)
    except requests.RequestException as error:
        raise CheckFailed("POST /models/clothes/v1", "status 200", error) from error
    expect(
        answer.status_code == 200, "POST /models/clothes/v1", "status 200", f"{answer.status_code}: {answer.text[:LOG]}"
    )


@check(task=1, points=0, likely="code is copied before the line that installs", read=CHANGE)
def test_a_changed_line_builds_from_the_cache(engine: docker.DockerClient, image: str, course: Path):
    """Engine: after a changed line, nothing is installed again"""
    with (course / "server" / "api.py").open("a", encoding="utf-8") as file:
        file.write("# one more line\n")
    options = {"dockerfile": "docker/server.Dockerfile", "tag": f"{image}-again", "rm": True, "forcerm": True}
    log = engine.api.build(path=str(course), decode=True, **options)
    step, again = "", ""
    for line in log:
        text = line.get("stream", "").strip()
        step = text if text.startswith("Step ") else step
        if text.startswith("---> Running in") and INSTALLS.search(step):
            again = step
            log.close()
            break
    if not again:
        engine.images.remove(f"{image}-again", force=True)
    expect(not again, "one more line in server/api.py", "the packages from the cache", f"built again: {again[:200]}")


@check(task=5, points=0, likely="docker compose says what it does not understand, or the port is taken", read=COMPOSE)
def test_compose_brings_it_up(engine: docker.DockerClient, image: str, course: Path):
    """Engine: docker compose up makes it healthy, on loopback, within its limits"""
    project = f"workbook-lab-06-{secrets.token_hex(4)}"
    # Another image's name must not be taken from it: this one is built already.
    content = yaml.safe_load((course / "docker" / "compose.yaml").read_text(encoding="utf-8"))
    service = content["services"].get("server")
    expect(isinstance(service, dict), "compose.yaml", "a service named server", service)
    content["services"]["server"] = {**service, "image": image}
    (course / "docker" / "compose.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    try:
        done = compose(course, project, "up", "--detach", "--no-build", "server")
        expect(done.returncode == 0, "docker compose up server", "a container", done.stderr[-LOG:])
        label = f"com.docker.compose.project={project}"
        (found,) = engine.containers.list(all=True, filters={"label": label})
        wait_until_healthy(found, HEALTHY_SECONDS)
        host = found.attrs["HostConfig"]
        ips = {binding["HostIp"] for bindings in found.ports.values() for binding in bindings or []}
        expect(ips == {"127.0.0.1"}, "docker compose up server", "published on 127.0.0.1 alone", ips)
        limits = {name: host[name] for name in ("Memory", "NanoCpus", "PidsLimit", "ReadonlyRootfs")}
        expect(all(limits.values()), "docker compose up server", "limits, and files that cannot be changed", limits)
    except TimeoutError as error:
        raise CheckFailed("docker compose up server", "a healthy container", error) from error
    finally:
        compose(course, project, "down", "--volumes")


def compose(course: Path, project: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run ``docker compose`` on the student's file, at free ports where it asks for them."""
    # The older docker-compose runs on another Python, and must not find this one's packages.
    without = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment = {**without, "COMPOSE_PROJECT_NAME": project, "SERVER_PORT": "0", "JUPYTER_PORT": "0"}
    options = {"cwd": course / "docker", "env": environment, "capture_output": True, "text": True}
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], check=False, **options).returncode == 0:
            return subprocess.run([*command, *arguments], check=False, **options)
    pytest.skip("Not tried: there is no docker compose here.")


@check(task=4, points=0, likely="a shell is the first process, and does not pass on the signal", read=STOP)
def test_it_stops_when_asked_to(container: Container):
    """Engine: asked to stop, it stops by itself"""
    container.reload()
    expect(container.status == "running", "docker run", "a container that runs", said(container))
    started = time.monotonic()
    container.stop(timeout=STOP_SECONDS)
    status, seconds = container.wait()["StatusCode"], time.monotonic() - started
    expect(status == 0, "docker stop", "exit status 0", f"exit status {status} after {seconds:.0f} s")
