"""The real service: the reference server in processes of its own, its model repository, and customers over HTTP."""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Self

import numpy as np
import psutil
import requests

from pipeline.export import framework, write_version
from pipeline.season.files import media_type
from pipeline.season.learner import EDGE, Learner
from pipeline.season.pumpkins import CLASSES
from pipeline.season.world import Picture
from server.model_card import EXTRA_FOLDER, InputSpec, ModelCard
from workbook.season.service import Answer
from workbook.servers.process import POLL_SECONDS, Process, answers, free_port

MODEL = "pumpkins"
CUSTOMERS = 4  # at once
TIMEOUT_SECONDS = 10
LOAD_SECONDS = 20  # until each worker has a version; they look every second
SURE = 12  # answers in a row, each over a connection of its own: both workers have it
BROKEN_SECONDS = 2.5  # in which the server has looked at a broken version, and left it out
SLOW_SENDERS = 20


class LiveServer:
    """A ``Service`` of two worker processes on 127.0.0.1. Use it in a ``with`` statement."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="season-"))
        self._models = self._folder / "models"
        self._models.mkdir()
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        command = ["-m", "server", "--models", str(self._models), "--port", str(self._port), "--workers", "2"]
        self._process = Process([sys.executable, *command], {})
        self._process.wait_until(lambda: answers(f"{self.url}/healthz"), "answer at /healthz")
        self._sessions = [_session() for _ in range(CUSTOMERS)]
        self._slow: list[socket.socket] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()
        self._process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def deploy(self, version: int, learner: Learner, broken: bool) -> None:
        """Write the version into the repository, and wait until both workers serve it, or have left it out."""
        file = learner.file()

        def save(folder: Path) -> None:
            (folder / EXTRA_FOLDER / f"{MODEL}.onnx").write_bytes(file[: len(file) // 2] if broken else file)

        write_version(self._models, _card(version, learner), save)
        end = time.monotonic() + (BROKEN_SECONDS if broken else LOAD_SECONDS)
        in_a_row = 0
        while in_a_row < SURE and time.monotonic() < end:
            there = answers(f"{self.url}/models/{MODEL}/v{version}")
            in_a_row = in_a_row + 1 if there else 0
            if not there:
                time.sleep(POLL_SECONDS)

    def ask(self, pictures: Sequence[Picture], versions: Sequence[int]) -> list[Answer | None]:
        """Send each picture's file, several at once."""
        sessions = islice(cycle(range(CUSTOMERS)), len(pictures))
        lots: list[list[int]] = [[] for _ in range(CUSTOMERS)]
        for row, session in enumerate(sessions):
            lots[session].append(row)

        def send_lot(number: int) -> list[tuple[int, Answer | None]]:
            session = self._sessions[number]
            return [(row, self._send(session, pictures[row], versions[row])) for row in lots[number]]

        with ThreadPoolExecutor(CUSTOMERS) as pool:
            found = dict(pair for lot in pool.map(send_lot, range(CUSTOMERS)) for pair in lot)
        self._hang_up()
        return [found[row] for row in range(len(pictures))]

    def _send(self, session: requests.Session, picture: Picture, version: int) -> Answer | None:
        """As a careful client does: once more if the connection broke, for classifying changes nothing."""
        address = f"{self.url}/models/{MODEL}/v{version}?pixels"
        headers = {"Content-Type": media_type(picture.content)}
        for _ in range(2):
            try:
                answer = session.post(address, picture.content, headers=headers, timeout=TIMEOUT_SECONDS)
            except requests.RequestException:
                continue
            if not answer.ok:
                return None
            content = answer.json()
            return np.array(content["result"][0], np.float32), np.array(content["pixels"][0], np.uint8)
        return None

    def suffer(self, trouble: str) -> None:
        if trouble == "killed worker":
            self._workers()[0].kill()
        if trouble == "slow sender":
            self._slow = [self._slow_sender() for _ in range(SLOW_SENDERS)]

    def _workers(self) -> list[psutil.Process]:
        """The processes that serve; Python's resource tracker is a child, too, but it serves nothing."""
        children = psutil.Process(self._process.pid).children()
        return [child for child in children if "resource_tracker" not in " ".join(child.cmdline())]

    def _slow_sender(self) -> socket.socket:
        """A connection that has sent half of its request, and holds on."""
        connection = socket.create_connection(("127.0.0.1", self._port))
        head = f"POST /models/{MODEL}/v1 HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\n"
        connection.sendall(head.encode() + b"\x89PNG")
        return connection

    def _hang_up(self) -> None:
        for connection in self._slow:
            connection.close()
        self._slow = []


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # the server is on this machine, with no proxy in front
    return session


def _card(version: int, learner: Learner) -> ModelCard:
    return ModelCard(
        name=MODEL,
        version=version,
        description="Jen's pumpkins: fixed filters, pooling, logistic regression",
        number_of_parameters=learner.weights.size + learner.bias.size,
        input=InputSpec((EDGE, EDGE), 0, 255),
        classes=CLASSES,
        framework=framework("scikit-learn"),
        dataset={"name": "Jen's pumpkins"},
        metrics={},
        training={},
        files={},
    )
