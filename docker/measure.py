"""Measures the Dockerfiles of notebook 06 in a Docker engine, and records what the notebook shows if there is none.

    python docker/measure.py

It takes a few minutes and 6 GB, and writes ``workbook/servers/recorded.json``. Times are from one run on one machine:
what counts is their ratios, which it prints.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import docker
import nbformat
import requests
from nbclient import NotebookClient
from rich.console import Console
from rich.table import Table

from workbook.errors import UserError
from workbook.servers.containers import RECORD, SOURCE, connect, url_of, wait_until_healthy

STEPS = {
    "1 naive": ("docker/steps/1_naive.Dockerfile", "docker/steps/api.py"),
    "2 order": ("docker/steps/2_order.Dockerfile", "docker/steps/api.py"),
    "3 slim": ("docker/steps/3_slim.Dockerfile", "docker/steps/api.py"),
    "4 runtime": ("docker/steps/4_runtime.Dockerfile", "server/api.py"),
    "5 good": ("docker/server.Dockerfile", "server/api.py"),
}
NOTEBOOK = SOURCE / "notebooks" / "06_containers.ipynb"
READY_SECONDS = 60
STOP_SECONDS = 10
POLL_SECONDS = 0.1

Result = TypeVar("Result")


def main() -> None:
    client = connect()
    if client is None:
        raise UserError("no Docker engine answers: start one, or name it in DOCKER_HOST")
    console = Console()
    figures = {}
    for name, (dockerfile, source) in STEPS.items():
        console.print(f"building {dockerfile}, twice")
        figures[name] = measure(client, dockerfile, source)
    record = {"recorded": describe(client), "figures": figures, "compose_seconds": time_compose(client), "answers": {}}
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    record["answers"] = answers_of_notebook()
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    console.print(table(figures))
    console.print(f"docker compose up until all are healthy: {record['compose_seconds']} s")


def measure(client: docker.DockerClient, dockerfile: str, source: str) -> dict:
    """Build without a cache, change a line of ``source``, build again, run it, stop it."""
    tag = "workbook-measured"
    with tempfile.TemporaryDirectory(prefix="workbook-context-") as folder:
        context = copy_context(Path(folder) / "context")
        options = {"path": str(context), "dockerfile": dockerfile, "tag": tag, "rm": True}
        image, first = timed(lambda: client.images.build(nocache=True, **options)[0])
        with (context / source).open("a") as file:
            file.write("# one more line\n")
        image, again = timed(lambda: client.images.build(**options)[0])
    stopping = measure_stop(client, tag)
    config = image.attrs["Config"]
    client.images.remove(tag, force=True)
    return {
        "megabytes": round(image.attrs["Size"] / 1e6),
        "build_seconds": first,
        "rebuild_seconds": again,
        "user": config["User"] or "root",
        "health_check": bool(config.get("Healthcheck")),
        **stopping,
    }


def copy_context(folder: Path) -> Path:
    """A copy of what the engine is sent, in which to change a line."""
    for name in ("server", "docker", "pipeline", "workbook", "notebooks"):
        shutil.copytree(SOURCE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("requirements.lock", "pyproject.toml", "README.md", "LICENSE", ".dockerignore"):
        shutil.copy(SOURCE / name, folder)
    return folder


def measure_stop(client: docker.DockerClient, tag: str) -> dict:
    """How long ``docker stop`` takes once the server answers, and the server's exit status: 137 is killed."""
    container = client.containers.run(tag, detach=True, ports={"8000/tcp": ("127.0.0.1", None)})
    try:
        wait_for_answer(url_of(container))
        _, seconds = timed(lambda: container.stop(timeout=STOP_SECONDS))
        return {"stop_seconds": seconds, "exit_status": container.wait()["StatusCode"]}
    finally:
        container.remove(force=True, v=True)


def wait_for_answer(url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            requests.get(url, timeout=READY_SECONDS)
            return
        except requests.RequestException:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)


def time_compose(client: docker.DockerClient) -> float:
    """Seconds from ``docker compose up`` on built images until all services are healthy."""
    ports = ("SERVER_PORT", "TFSERVING_PORT", "TFSERVING_GRPC_PORT", "JUPYTER_PORT", "PROMETHEUS_PORT")
    project = f"workbook-measured-{os.getpid()}"
    environment = {**os.environ, **dict.fromkeys(ports, "0"), "COMPOSE_PROJECT_NAME": project}
    command = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]

    def compose(*arguments: str) -> None:
        subprocess.run([*command, *arguments], cwd=SOURCE / "docker", env=environment, check=True, capture_output=True)

    def up() -> None:
        compose("up", "--detach")
        for container in client.containers.list(filters={"label": f"com.docker.compose.project={project}"}):
            wait_until_healthy(container, 2 * READY_SECONDS)

    compose("build")
    try:
        return timed(up)[1]
    finally:
        compose("down", "--volumes")


def answers_of_notebook() -> dict:
    """Run the notebook with this engine, and take the answers that it got."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    question = nbformat.v4.new_code_cell("import json\nprint(json.dumps(engine.answers))")
    notebook.cells.append(question)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": NOTEBOOK.parent}}
    ).execute()
    return json.loads(notebook.cells[-1].outputs[0].text)


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    started = time.monotonic()
    result = work()
    return result, round(time.monotonic() - started, 2)


def describe(client: docker.DockerClient) -> str:
    version = client.version()["Version"]
    today = datetime.now(UTC).date().isoformat()
    return f"Docker {version} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores, {today}"


def table(figures: dict[str, dict]) -> Table:
    shown = Table("Step", "MB", "naive: times as large", "build, s", "rebuild, s", "naive: times as long")
    naive = figures["1 naive"]
    for name, step in figures.items():
        larger, longer = naive["megabytes"] / step["megabytes"], naive["rebuild_seconds"] / step["rebuild_seconds"]
        cells = (step["megabytes"], f"{larger:.1f}", step["build_seconds"], step["rebuild_seconds"], f"{longer:.0f}")
        shown.add_row(name, *map(str, cells))
    return shown


if __name__ == "__main__":
    main()
