"""Times each step from ``git clone`` to the first prediction, for three ways in, and writes ``times.md`` beside itself.

    python docs/install/measure.py            # needs a Docker engine for the third

Each way begins with a clone of the last commit, in an empty folder and an empty home, so that no cache helps. It takes
a few minutes, and 4 GB for a while.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import requests
import yaml
from rich.console import Console

from workbook.bench.question import trousers
from workbook.servers.process import answers, free_port

ROOT = Path(__file__).parents[2]
PAGE = Path(__file__).with_name("times.md")
READY_SECONDS = 120
POLL_SECONDS = 0.1
COMPOSE = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]


class Way:
    """One way in: a folder and a home of its own, and how long each step took."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.course = folder / "course"
        self.steps: list[tuple[str, float]] = []
        self.url = f"http://127.0.0.1:{free_port()}"
        self.environment = {**os.environ, "HOME": str(folder / "home"), "COMPOSE_PROFILES": ""}
        self.environment |= {"SERVER_PORT": self.url.rpartition(":")[2], "COMPOSE_PROJECT_NAME": f"first-{os.getpid()}"}
        for name_of_ours in ("VIRTUAL_ENV", "PYTHONPATH", "KERAS_HOME", "FASHION_MNIST_DIR", "PIP_CACHE_DIR"):
            self.environment.pop(name_of_ours, None)
        (folder / "home").mkdir()
        self.timed("git clone", lambda: subprocess.run(["git", "clone", "--quiet", ROOT, self.course], check=True))

    def timed(self, step: str, work: Callable[[], object]) -> None:
        started = time.monotonic()
        work()
        self.steps.append((step, time.monotonic() - started))

    def run(self, *command: str, folder: str = ".") -> None:
        """Time a command in the course; what it prints goes to standard error. Raises ``CalledProcessError``."""
        call = {"cwd": self.course / folder, "env": self.environment, "stdout": sys.stderr}
        self.timed(" ".join(command), lambda: subprocess.run(command, check=True, **call))

    def predict(self) -> None:
        self.timed("the server is ready", self._wait)
        self.timed("the first prediction", self._ask)

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not answers(f"{self.url}/readyz"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: no server within {READY_SECONDS} s")
            time.sleep(POLL_SECONDS)

    def _ask(self) -> None:
        answer = requests.post(f"{self.url}/models/clothes/v1", json={"image": trousers()}, timeout=READY_SECONDS)
        if answer.json()["labels"] != ["Trouser"]:
            raise ValueError(f"{self.name}: {answer.text}")

    @contextmanager
    def serving(self) -> Iterator[None]:
        port = self.url.rpartition(":")[2]
        command = [self.course / ".venv" / "bin" / "workbook", "serve", "--port", port]
        server = subprocess.Popen(command, cwd=self.course, env=self.environment, stdout=sys.stderr)
        try:
            yield
        finally:
            server.terminate()
            server.wait()


def by_make(way: Way) -> None:
    way.run("make", ".venv/ready")
    way.run(".venv/bin/workbook", "data")
    with way.serving():
        way.predict()


def by_condas_file(way: Way) -> None:
    """A virtual environment replaces conda's; pip gets what conda would give it."""
    way.run("python3.11", "-m", "venv", ".venv")
    listed = yaml.safe_load((way.course / "environment.yml").read_text(encoding="utf-8"))["dependencies"][-1]["pip"]
    (way.course / "condaenv.txt").write_text("\n".join(listed), encoding="utf-8")
    way.run(".venv/bin/python", "-m", "pip", "install", "--quiet", "-r", "condaenv.txt")
    way.run(".venv/bin/workbook", "data")
    with way.serving():
        way.predict()


def by_compose(way: Way) -> None:
    way.run(*COMPOSE, "build", "--no-cache", "server", folder="docker")
    try:
        way.run(*COMPOSE, "up", "--detach", folder="docker")
        way.predict()
    finally:
        way.run(*COMPOSE, "down", "--volumes", folder="docker")
        way.steps.pop()  # not on the way to a prediction


WAYS = {"make": by_make, "conda's file": by_condas_file, "compose, the server alone": by_compose}


def main() -> None:
    measured = []
    for name, follow in WAYS.items():
        with tempfile.TemporaryDirectory(prefix="workbook-first-") as folder:
            way = Way(name, Path(folder))
            follow(way)
            measured.append(way)
    PAGE.write_text(page(measured), encoding="utf-8")
    Console().print(PAGE.read_text(encoding="utf-8"))


def page(ways: list[Way]) -> str:
    lines = ["| way | step | minutes |", "|---|---|---|"]
    for way in ways:
        lines += [f"| {way.name} | `{step}` | {clock(seconds)} |" for step, seconds in way.steps]
        lines.append(f"| **{way.name}** | **all** | **{clock(sum(seconds for _, seconds in way.steps))}** |")
    today = datetime.now(UTC).date().isoformat()
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    load = ", ".join(f"{value:.0f}" for value in os.getloadavg())
    lines += ["", f"{machine}, {today}, one run, nothing cached; average load of the last 1, 5 and 15 minutes: {load}."]
    return "\n".join(lines) + "\n"


def clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


if __name__ == "__main__":
    main()
