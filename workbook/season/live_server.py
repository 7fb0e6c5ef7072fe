"""The real service: a server and the front before it, in processes of their own, and customers over HTTP."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from itertools import cycle, islice
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import numpy as np
import requests

from pipeline.export import framework, write_version
from pipeline.season.files import media_type
from pipeline.season.learner import EDGE, Learner
from pipeline.season.pumpkins import CLASSES
from pipeline.season.world import Picture
from server.model_card import EXTRA_FOLDER, InputSpec, ModelCard
from workbook.errors import UserError
from workbook.loop.rollout import LOAD_SECONDS, waited_for
from workbook.loop.service import REPOSITORY, Service
from workbook.season.service import Reply, Split

MODEL = "pumpkins"
CUSTOMERS = 4  # at once
TIMEOUT_SECONDS = 40  # more than the front gives the server
TAKE_SECONDS = 60  # until the front has taken a new policy; it looks ten times a second
SLOW_SENDERS = 20
CUSTOMER = "X-User-Id"
DIGITS = 6  # of a share, as the front tells it


class LiveServer:
    """A ``Service`` on 127.0.0.1, as the loop runs it: two worker processes, and the front that splits the customers.

    Use it in a ``with`` statement. Both start with the first version. Raises ``DidNotStart``, then.
    """

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="season-"))
        self._models = self._home / REPOSITORY
        self._models.mkdir()
        self._service: Service | None = None
        self._sessions = [_session() for _ in range(CUSTOMERS)]
        self._slow: list[socket.socket] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()
        if self._service:
            self._service.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def deploy(self, version: int, learner: Learner, broken: bool) -> None:
        """Write the version into the repository, and wait until both workers serve it, or have left it out."""
        file = learner.file()

        def save(folder: Path) -> None:
            (folder / EXTRA_FOLDER / f"{MODEL}.onnx").write_bytes(file[: len(file) // 2] if broken else file)

        write_version(self._models, _card(version, learner), save)
        if self._service is None:
            self._service = Service(self._home, version, MODEL)
        service = self._service
        if not waited_for(lambda: service.serves(version) or bool(service.left_out(version)), LOAD_SECONDS):
            told = f"the server has not loaded version {version} in {LOAD_SECONDS:.0f} s"
            raise UserError(f"{told}: play again when this machine is idle")

    def split(self, split: Split) -> None:
        """Write it into the front's policy, and wait until the front has taken it."""
        if not split.share:
            self._service.to_one(split.champion)
        else:
            shares = ", ".join(f"{version} = {share}" for version, share in split.shares)
            self._service.use(
                f'route = {{ kind = "split", shares = {{ {shares} }}, key = "{CUSTOMER}", salt = "{split.salt}" }}'
            )
        wanted = {version: round(share, DIGITS) for version, share in split.shares if round(share, DIGITS)}
        if not waited_for(lambda: self._shares() == wanted, TAKE_SECONDS):
            raise UserError(f"the front took no new policy in {TAKE_SECONDS} s: play again when this machine is idle")

    def _shares(self) -> dict[int, float]:
        """Of the versions that are asked now, by the front's own word."""
        versions = self._service.traffic()["versions"]
        return {int(number): state["share"] for number, state in versions.items() if state["share"]}

    def ask(self, pictures: Sequence[Picture], customers: Sequence[str]) -> list[Reply]:
        """Send each picture's file, several at once."""
        sessions = islice(cycle(range(CUSTOMERS)), len(pictures))
        lots: list[list[int]] = [[] for _ in range(CUSTOMERS)]
        for row, session in enumerate(sessions):
            lots[session].append(row)

        def send_lot(number: int) -> list[tuple[int, Reply]]:
            session = self._sessions[number]
            return [(row, self._send(session, pictures[row], customers[row])) for row in lots[number]]

        with ThreadPoolExecutor(CUSTOMERS) as pool:
            found = dict(pair for lot in pool.map(send_lot, range(CUSTOMERS)) for pair in lot)
        self._hang_up()
        return [found[row] for row in range(len(pictures))]

    def _send(self, session: requests.Session, picture: Picture, customer: str) -> Reply:
        """As a careful client does: once more if the server could not be had, for classifying changes nothing."""
        address = f"{self._service.url}/models/{MODEL}?pixels"
        headers = {"Content-Type": media_type(picture.content), CUSTOMER: customer}
        try:
            answer = session.post(address, picture.content, headers=headers, timeout=TIMEOUT_SECONDS)
            if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
                answer = session.post(address, picture.content, headers=headers, timeout=TIMEOUT_SECONDS)
        except requests.RequestException:
            return Reply(0)
        version = int(answer.headers.get("X-Model-Version", 0))
        if not answer.ok:
            return Reply(version)
        content = answer.json()
        scores, pixels = np.array(content["result"][0], np.float32), np.array(content["pixels"][0], np.uint8)
        return Reply(version, scores, pixels)

    def suffer(self, trouble: str) -> None:
        if trouble == "killed worker":
            self._service.workers()[0].kill()
        if trouble == "slow sender":
            self._slow = [self._slow_sender() for _ in range(SLOW_SENDERS)]

    def _slow_sender(self) -> socket.socket:
        """A connection that has sent half of its request, and holds on."""
        connection = socket.create_connection(("127.0.0.1", urlsplit(self._service.url).port))
        head = f"POST /models/{MODEL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\n"
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
