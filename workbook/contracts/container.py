"""A container started as the platform would start it, for the checks."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import requests

from workbook.contracts.checks import Launch
from workbook.contracts.subject import NotKept
from workbook.errors import UserError
from workbook.servers.containers import connect, url_of
from workbook.servers.interrupts import uninterrupted

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container
    from docker.models.images import Image

START_SECONDS = 240  # SageMaker's 4 minutes, the shortest time that any of them gives
POLL_SECONDS = 0.2
KILLED = 137  # the exit status of a process that SIGKILL had to end


@contextlib.contextmanager
def launched(image: str, launch: Launch) -> Iterator[tuple[Container, str]]:
    """The container and its address, once it answers; removed at the end.

    Raises ``UserError`` if there is no engine, no such image or no port to ask, and ``NotKept`` if it does not start.
    """
    client = connect()
    if client is None:
        raise UserError("no Docker engine answers: start one, or name a server that runs by --url")
    with contextlib.closing(client):
        port = launch.port or _exposed(_found(client, image))
        made: list[Container] = []
        try:
            with uninterrupted():
                made.append(_created(client, image, launch, port))
            yield made[0], _started(made[0], port, launch.ready)
        finally:
            for container in made:
                container.remove(force=True, v=True)


def _found(client: DockerClient, name: str) -> Image:
    import docker

    try:
        return client.images.get(name)
    except docker.errors.ImageNotFound:
        raise UserError(f"there is no image {name} here: build it, as docker build --tag {name} .") from None
    except docker.errors.APIError as error:
        raise UserError(f"{name} is not the name of an image: {error.explanation}") from None


def _exposed(image: Image) -> int:
    """The one port that the image says it listens at. Raises ``UserError``."""
    ports = [one for one in image.attrs["Config"].get("ExposedPorts") or {} if one.endswith("/tcp")]
    if len(ports) != 1:
        there = ", ".join(ports) or "none"
        raise UserError(f"which port is to be asked? Name one by EXPOSE in the Dockerfile; there is {there}")
    return int(ports[0].removesuffix("/tcp"))


def _created(client: DockerClient, image: str, launch: Launch, port: int) -> Container:
    import docker

    published = {f"{port}/tcp": ("127.0.0.1", None)}
    try:
        return client.containers.create(
            image, list(launch.command), environment=dict(launch.environment), ports=published
        )
    except docker.errors.APIError as error:  # for instance, it has no program to run
        raise NotKept(str(error.explanation)) from None


def _started(container: Container, port: int, ready: str) -> str:
    """The container's address, once it answers there. Raises ``NotKept``."""
    import docker

    try:
        container.start()
    except docker.errors.APIError as error:  # for instance, what the platform puts after its name is no program
        raise NotKept(str(error.explanation)) from None
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        # It may end at any moment, and has no ports from then on.
        with contextlib.suppress(LookupError):
            url = url_of(container, port)
            if _answers(url + ready):
                return url
        container.reload()
        if container.status == "exited":
            log = container.logs(tail=1).decode(errors="replace").strip() or "it printed nothing"
            raise NotKept(f"it ended, with exit status {container.attrs['State']['ExitCode']}: {log[-200:]}")
        time.sleep(POLL_SECONDS)
    raise NotKept(f"no 200 at port {port}, {ready}, within {START_SECONDS} s; inside, it must listen at 0.0.0.0")


def user_of(container: Container) -> str:
    """The user that the image names; empty for root."""
    return container.attrs["Config"]["User"]


def stopped(container: Container, seconds: int) -> None:
    """Ask it to end. Raises ``NotKept`` if it has to be killed after ``seconds``."""
    container.stop(timeout=seconds)
    container.reload()
    if container.attrs["State"]["ExitCode"] == KILLED:
        raise NotKept(f"it went on for {seconds} s, and was killed")


def _answers(url: str) -> bool:
    """Whether there is something to look at: also a server that has no such route, and will not get it by waiting."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, timeout=2).status_code in (200, 404, 405)
    except requests.RequestException:
        return False
