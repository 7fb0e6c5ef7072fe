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

if TYPE_CHECKING:
    from docker.models.containers import Container

START_SECONDS = 240  # SageMaker's 4 minutes, the shortest time that any of them gives
POLL_SECONDS = 0.2
KILLED = 137  # the exit status of a process that SIGKILL had to end


@contextlib.contextmanager
def launched(image: str, launch: Launch) -> Iterator[Container]:
    """The container, once it answers; removed at the end.

    Raises ``UserError`` if there is no engine or no such image, and ``NotKept`` if it does not answer as it should.
    """
    import docker

    client = connect()
    if client is None:
        raise UserError("no Docker engine answers: start one, or name a server that runs by --url")
    try:
        client.images.get(image)
    except docker.errors.ImageNotFound:
        raise UserError(f"there is no image {image} here: build it, as docker build --tag {image} .") from None
    port = f"{launch.port}/tcp"
    container = client.containers.create(
        image, list(launch.command), environment=dict(launch.environment), ports={port: ("127.0.0.1", None)}
    )
    try:
        try:
            container.start()
        except docker.errors.APIError as error:  # for instance, what the platform puts after its name is no program
            raise NotKept(str(error.explanation)) from None
        _wait(container, launch)
        yield container
    finally:
        container.remove(force=True, v=True)
        client.close()


def user_of(container: Container) -> str:
    """The user that the image names; empty for root."""
    return container.attrs["Config"]["User"]


def stopped(container: Container, seconds: int) -> None:
    """Ask it to end. Raises ``NotKept`` if it has to be killed after ``seconds``."""
    container.stop(timeout=seconds)
    container.reload()
    if container.attrs["State"]["ExitCode"] == KILLED:
        raise NotKept(f"it went on for {seconds} s, and was killed")


def _wait(container: Container, launch: Launch) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        container.reload()
        if container.status == "exited":
            log = container.logs(tail=1).decode(errors="replace").strip()
            raise NotKept(f"it ended, with exit status {container.attrs['State']['ExitCode']}: {log[-200:]}")
        if container.ports and _answers(url_of(container, launch.port) + launch.ready):
            return
        time.sleep(POLL_SECONDS)
    raise NotKept(f"no 200 at port {launch.port}, {launch.ready}, within {START_SECONDS} s")


def _answers(url: str) -> bool:
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, timeout=2).status_code == requests.codes.ok
    except requests.RequestException:
        return False
