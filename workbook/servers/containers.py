"""What notebook 06 asks a Docker engine and, if none answers, what one answered when the course was recorded.

``docker/measure.py`` makes the record, ``recorded.json``, from a real engine.
"""

from __future__ import annotations

import atexit
import contextlib
import difflib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import requests

import server

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

# The folder that images are built from: the installed course, which is where its packages are.
SOURCE = Path(server.__file__).resolve().parents[1]
RECORD = Path(__file__).with_name("recorded.json")
CONNECT_SECONDS = 600  # how long one call to the engine may take, for instance a build
HEALTHY_SECONDS = 300
POLL_SECONDS = 0.1

Answer = TypeVar("Answer")


class Engine:
    """A Docker engine if one answers and is ``wanted``, otherwise the recorded answers.

    ``client`` is that of the ``docker`` package, or None. ``figures`` has the measurements of each step from the first
    Dockerfile to the good one, and ``compose_seconds`` is how long ``docker compose up`` took; both are always as
    recorded. ``answers`` collects what ``ask`` got.
    """

    def __init__(self, wanted: bool = True) -> None:
        record = json.loads(RECORD.read_text(encoding="utf-8"))
        self.client = connect() if wanted else None
        self.figures: dict[str, dict] = record["figures"]
        self.compose_seconds: float = record["compose_seconds"]
        self.answers: dict[str, object] = {}
        self._record = record

    @property
    def mark(self) -> str:
        """Added to each answer, to say where it comes from."""
        return "[this engine]" if self.client else "[recorded]"

    def ask(self, question: Callable[[DockerClient], Answer]) -> Answer:
        """``question(client)``, or what that function answered when it was recorded. The answer is JSON."""
        name = question.__name__
        self.answers[name] = question(self.client) if self.client else self._record["answers"][name]
        return self.answers[name]

    def __str__(self) -> str:
        if self.client:
            return f"Docker {self.client.version()['Version']} answers: every cell runs for real."
        return f"No Docker engine answers here. Cells that need one show what was recorded: {self._record['recorded']}."


def connect() -> DockerClient | None:
    """The engine that ``DOCKER_HOST`` names or the machine's own, None if none answers."""
    import docker

    try:
        client = docker.from_env(timeout=CONNECT_SECONDS)
        client.ping()
    except (docker.errors.DockerException, requests.RequestException):
        return None
    return client


def dockerfile(name: str) -> str:
    """The text of a Dockerfile in ``docker/``: ``dockerfile("server")`` or ``dockerfile("steps/1_naive")``."""
    return (SOURCE / "docker" / f"{name}.Dockerfile").read_text(encoding="utf-8")


def changes(before: str, after: str) -> str:
    """The lines of ``before`` and ``after``: ``-`` for what was removed, ``+`` for what was added."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return "\n".join(line for line in lines if not line.startswith("?"))


def removed_at_exit(container: Container) -> Container:
    """The same container, which is removed when this Python ends at the latest."""

    def remove() -> None:
        import docker

        with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
            container.remove(force=True, v=True)

    atexit.register(remove)
    return container


def wait_until_healthy(container: Container, seconds: float = HEALTHY_SECONDS) -> str:
    """Wait for the container's own health check; returns ``"healthy"``.

    Raises ``TimeoutError`` with its log, at once for a container that has ended or that the engine had to restart.
    """
    deadline = time.monotonic() + seconds
    why = f"not healthy within {seconds} s"
    while time.monotonic() < deadline:
        container.reload()
        if container.attrs["State"].get("Health", {}).get("Status") == "healthy":
            return "healthy"
        if container.status in ("exited", "dead") or container.attrs["RestartCount"]:
            why = f"it has ended, with exit status {container.attrs['State']['ExitCode']}"
            break
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"{why}; it printed:\n{container.logs(tail=20).decode()}")


def url_of(container: Container, port: int = 8000) -> str:
    """Where on this machine a container's port is published."""
    container.reload()
    binding = container.ports[f"{port}/tcp"][0]
    return f"http://{binding['HostIp']}:{binding['HostPort']}"
