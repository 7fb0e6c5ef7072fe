"""The engine that the tests marked `docker` share, and the images that they build in it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import pytest
import requests
from docker.models.containers import Container
from docker.models.images import Image

from tests.conftest import ROOT

BUILD_SECONDS = 3600  # all of these are against hanging
HEALTHY_SECONDS = 600
LAST = ("test_compose.py", "test_tensorflow_pod.py")
# As an operator should run it: nothing to write to but memory, and no right that root has.
HARDENED = {
    "read_only": True,
    "tmpfs": {"/tmp": "size=64m"},
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "pids_limit": 100,
    "mem_limit": "1g",
}

ran: list[str] = []
figures: list[str] = []  # what the tests measured, for the end of the log


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that need TensorFlow's images far apart: one process would wait for what the other builds."""
    places = [place for place, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    ours = sorted((items[place] for place in places), key=lambda item: item.path.name in LAST)
    for place, item in zip(places, ours, strict=True):
        items[place] = item


def pytest_runtest_call(item: pytest.Item) -> None:
    if item.get_closest_marker("docker"):
        ran.append(item.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("containers")
    for line in [f"{len(ran)} tests ran in a Docker engine", *figures]:
        terminalreporter.line(line)


def wait_until(reached: Callable[[], bool], what: str, seconds: float = HEALTHY_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def health(container: Container) -> str:
    container.reload()
    return container.attrs["State"]["Health"]["Status"]


def address(container: Container, port: int) -> str:
    """The address on this machine at which a container's port is published."""
    container.reload()
    (binding,) = container.ports[f"{port}/tcp"]
    return f"http://{binding['HostIp']}:{binding['HostPort']}"


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    try:
        client = docker.from_env(timeout=BUILD_SECONDS)
        client.ping()
    except (docker.errors.DockerException, requests.RequestException) as error:
        pytest.skip(f"no Docker engine answers: {error}")
    yield client
    client.close()


@contextmanager
def one_builds(dockerfile: str) -> Iterator[None]:
    """Of several processes one builds a Dockerfile; the next then finds all layers in the engine's cache."""
    import fcntl  # which Windows has not

    with (Path(tempfile.gettempdir()) / f"workbook-{dockerfile.replace('/', '-')}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed, or its process is gone
        yield


@pytest.fixture(scope="session")
def build(engine) -> Callable[..., Image]:
    """Build an image of the course: ``build("docker/server.Dockerfile", "workbook-server")``."""

    def build_image(dockerfile: str, tag: str, target: str | None = None) -> Image:
        try:
            with one_builds(dockerfile):
                return engine.images.build(path=str(ROOT), dockerfile=dockerfile, tag=tag, target=target, rm=True)[0]
        except docker.errors.BuildError as error:
            pytest.fail("".join(line.get("stream", "") for line in error.build_log)[-3000:] + str(error))

    return build_image


@pytest.fixture(scope="session")
def server_image(build) -> Image:
    return build("docker/server.Dockerfile", "workbook-server")


@contextmanager
def running(engine: docker.DockerClient, image: Image, *arguments: str, port: int = 8000) -> Iterator[Container]:
    """The image as a hardened container, published on loopback, healthy; removed at the end."""
    container = engine.containers.run(
        image, list(arguments), detach=True, ports={f"{port}/tcp": ("127.0.0.1", None)}, **HARDENED
    )
    try:
        wait_until(lambda: health(container) == "healthy", container.short_id)
        yield container
    finally:
        container.remove(force=True, v=True)
