"""The service of a loop: the production server on its model repository, and the front that users ask.

Both are processes of their own, and log to ``predictions/``. Their addresses and process ids are in ``service.json``
while they live, so that the next start can end what a killed one has left behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Self

import psutil
import requests

from workbook.errors import UserError
from workbook.loop.prediction_log import LOGS
from workbook.servers.process import STOP_SECONDS, Process, answers, free_port

MODEL = "clothes"
REPOSITORY, POLICY, PROCESSES = "repository", "traffic.toml", "service.json"
ANSWER_SECONDS = 30.0  # two cores, one of which trains: late is better than failed
WORKERS = 2
KNOCKS = 20  # new connections, each of which goes to either worker by chance: all but surely to both


class Service:
    """The server and the front, ready when this returns. Use it in a ``with`` statement.

    At first, ``version`` of ``model`` answers all. Raises ``DidNotStart``, and ``UserError`` if the repository has no
    version.
    """

    def __init__(self, home: Path, version: int, model: str = MODEL) -> None:
        end_leftovers(home)
        (home / LOGS).mkdir(parents=True, exist_ok=True)
        self.repository = home / REPOSITORY
        self._home, self._model = home, model
        self._processes: list[Process] = []
        log = home / LOGS / "server.log"
        self._logged_before = len(log.read_text(encoding="utf-8")) if log.is_file() else 0
        self._session = requests.Session()
        self._session.trust_env = False  # both are on this machine, with no proxy in front
        try:
            self.server = self._start("server", "server", "--models", str(self.repository), "--workers", str(WORKERS))
            self.to_one(version)
            self.url = self._start("front", "server.traffic", str(self._home / POLICY))
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End both, the front first, so that nobody is sent to a server that is gone. Safe to repeat."""
        for process in reversed(self._processes):
            process.stop()
        (self._home / PROCESSES).unlink(missing_ok=True)

    def versions(self) -> list[int]:
        """The versions in the repository, oldest first."""
        return versions_in(self.repository, self._model)

    def workers(self) -> list[psutil.Process]:
        """The processes that serve; Python's resource tracker is a child, too, but it serves nothing."""
        children = psutil.Process(self._processes[0].pid).children()
        return [child for child in children if "resource_tracker" not in " ".join(child.cmdline())]

    def to_one(self, version: int) -> None:
        """Let ``version`` answer everybody."""
        self.use(f'route = {{ kind = "version", version = {version} }}')

    def use(self, route: str) -> None:
        """Give the front a policy with this ``route``, in TOML; it takes it within half a second."""
        there = self.versions()
        if not there:
            holds = f"{self.repository} holds no version of {self._model}"
            raise UserError(f"{holds}: train one first, with `workbook loop`")
        servers = ", ".join(f'{version} = "{self.server}"' for version in there)
        lines = [f"[models.{self._model}]", f"versions = {{ {servers} }}", f"timeout_seconds = {ANSWER_SECONDS}", route]
        replace_text(self._home / POLICY, "\n".join(lines) + "\n")

    def traffic(self) -> dict:
        """What the front says of the model: ``GET /traffic``. Raises ``requests.RequestException``."""
        answer = self._session.get(f"{self.url}/traffic", timeout=ANSWER_SECONDS)
        answer.raise_for_status()
        return answer.json()["models"][self._model]

    def serves(self, version: int) -> bool:
        """Whether the server has loaded it: each of its workers, for each looks for new versions by itself."""
        return all(answers(f"{self.server}/models/{self._model}/v{version}") for _ in range(KNOCKS))

    def left_out(self, version: int) -> str:
        """Why the server has left a version out since it was started, as its log says it; empty if it has not."""
        told = f"model version left out: {self.repository.resolve() / self._model / str(version)}: "
        lines = self._processes[0].log()[self._logged_before :].split("\n")
        messages = [json.loads(text)["message"] for text in lines if "model version left out" in text]
        own = [message.removeprefix(told) for message in messages if message.startswith(told)]
        return own[-1] if own else ""

    def ask(self, version: int, images: list) -> dict:
        """The answer of the server itself to uint8 ``images`` (n, 28, 28), as lists. Raises ``RequestException``."""
        url = f"{self.server}/models/{self._model}/v{version}"
        answer = self._session.post(url, json={"images": images}, timeout=ANSWER_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def _start(self, name: str, module: str, *arguments: str) -> str:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", module, *arguments, "--host", "127.0.0.1", "--port", str(port)]
        process = Process(command, {}, self._home / LOGS / f"{name}.log")
        self._processes.append(process)
        self._note()
        process.wait_until(lambda: answers(f"{url}/readyz"), f"answer of the {name}")
        return url

    def _note(self) -> None:
        """Write down which processes these are: their ids, and when they began, for an id may come again."""
        began = {process.pid: psutil.Process(process.pid).create_time() for process in self._processes}
        replace_text(self._home / PROCESSES, json.dumps(began))


def versions_in(repository: Path, model: str = MODEL) -> list[int]:
    """The versions of the model in this folder, oldest first."""
    return sorted(int(path.name) for path in (repository / model).glob("[0-9]*"))


def end_leftovers(home: Path) -> None:
    """End the server and the front that a loop in this folder has left running when it was killed."""
    with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
        noted = json.loads((home / PROCESSES).read_text(encoding="utf-8"))
        left = [process for pid, began in noted.items() if (process := _same(int(pid), began))]
        workers = [worker for process in left for worker in process.children(recursive=True)]
        for process in left:
            process.terminate()
        _, stubborn = psutil.wait_procs([*left, *workers], STOP_SECONDS)
        for process in stubborn:
            process.kill()
        (home / PROCESSES).unlink()


def _same(pid: int, began: float) -> psutil.Process | None:
    """The process with this id, if it is the one that began then."""
    try:
        process = psutil.Process(pid)
        return process if process.create_time() == began else None
    except psutil.NoSuchProcess:
        return None


def replace_text(path: Path, text: str) -> None:
    """Write a file in one step: whoever reads it meets the old text or the new one."""
    whole = path.with_name(f".{path.name}.new")
    whole.write_text(text, encoding="utf-8")
    os.replace(whole, path)
