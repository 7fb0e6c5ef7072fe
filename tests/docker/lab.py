"""A compose project for one test run."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess

import docker
from docker.models.containers import Container

from tests.conftest import ROOT
from tests.docker.conftest import HEALTHY_SECONDS, address, health, wait_until

STAND_IN = "workbook-model-server"
# A program that prints which of the places in its arguments, host:port, take a connection.
REACHED = """
import socket, sys
for place in sys.argv[1:]:
    host, _, port = place.partition(":")
    try:
        socket.create_connection((host, int(port)), 5).close()
        print(place)
    except OSError:
        pass
"""


class Lab:
    """What a compose file starts: free ports, and a name and a token of its own."""

    def __init__(self, engine: docker.DockerClient, *files: str) -> None:
        self.engine = engine
        self.project = f"workbook-test-{secrets.token_hex(4)}"
        self.token = secrets.token_hex(16)
        self._files = [argument for file in files for argument in ("--file", file)]
        ports = ("SERVER", "TRAFFIC", "TFSERVING", "TFSERVING_GRPC", "JUPYTER", "PROMETHEUS", "HUB")
        self.environment = {
            **os.environ,
            **{f"{port}_PORT": "0" for port in ports},
            "COMPOSE_PROJECT_NAME": self.project,
            "TFSERVING_IMAGE": STAND_IN,
            "JUPYTER_TOKEN": self.token,
        }

    def compose(self, *arguments: str, **settings: str) -> str:
        command = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
        environment = {**self.environment, **settings}
        result = subprocess.run(
            [*command, *self._files, *arguments],
            cwd=ROOT / "docker",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def containers(self) -> dict[str, Container]:
        """The project's containers, by the name of their service."""
        of_project = {"label": f"com.docker.compose.project={self.project}"}
        found = self.engine.containers.list(all=True, filters=of_project, ignore_removed=True)
        return {container.labels["com.docker.compose.service"]: container for container in found}

    def up(self) -> None:
        self.compose("up", "--detach")
        for service in self.containers():
            self.wait_for(service)

    def wait_for(self, service: str) -> None:
        wait_until(lambda: health(self.containers()[service]) == "healthy", f"{service} healthy", 2 * HEALTHY_SECONDS)

    def down(self) -> None:
        """Bring it down with its volumes, and look whether anything is left."""
        self.compose("down", "--volumes")
        label = {"label": f"com.docker.compose.project={self.project}"}
        assert self.containers() == {}
        assert self.engine.networks.list(filters=label) == []
        assert self.engine.volumes.list(filters=label) == []

    def url(self, service: str, port: int) -> str:
        return address(self.containers()[service], port)

    def run(self, service: str, *command: str) -> str:
        status, output = self.containers()[service].exec_run(list(command))
        assert status == 0, output.decode()
        return output.decode().strip()
