"""Those who ask while the cluster changes: clients that ask once or twice, and one that looks who answers."""

from __future__ import annotations

import json
import threading
import time
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from workbook.bench.question import trousers
from workbook.load.loops import Connection, Question

BODY = json.dumps({"image": trousers()}).encode()
HEADERS = {"Content-Type": "application/json"}
NODE = "x-node"  # the header in which an answer says which node it is from
POLL_SECONDS = 0.1
TIMEOUT_SECONDS = 5
SETTLE_SECONDS = 180


class InsistentQuestion(Question):
    """The same question from clients that ask once more if the answer is no good."""

    def connect(self) -> Connection:
        return _Insistent(self)


class _Insistent(Connection):
    def ask(self) -> int:
        status = super().ask()
        return status if status // 100 == 2 else super().ask()


def answering(url: str, times: int) -> set[str]:
    """The nodes from which ``times`` good answers came, each on a connection of its own."""
    return {node for node in (_node_of(url) for _ in range(times)) if node}


def settled(url: str, nodes: int) -> set[str]:
    """The nodes that answer, once they are as many as that. Raises ``TimeoutError``."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while len(found := answering(url, 20 * nodes)) < nodes:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(found)} of {nodes} nodes answer within {SETTLE_SECONDS} s")
        time.sleep(POLL_SECONDS)
    return found


class Watch:
    """Asks now and then, until a node answers that is not one of the ``known``; at the latest until it is left.

    ``seen`` is the moment of that answer, of ``time.perf_counter``; None if none came.
    """

    def __init__(self, url: str, known: set[str]) -> None:
        self._url, self._known = url, known
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.seen: float | None = None

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._left.wait(POLL_SECONDS):
            if {_node_of(self._url)} - self._known - {None}:
                self.seen = time.perf_counter()
                return


def _node_of(url: str) -> str | None:
    address = urlsplit(url)
    http = HTTPConnection(address.hostname, address.port, timeout=TIMEOUT_SECONDS)
    try:
        http.request("POST", address.path, BODY, HEADERS)
        answer = http.getresponse()
        return answer.getheader(NODE) if answer.status == 200 else None
    except (OSError, HTTPException):
        return None
    finally:
        http.close()
