"""Clients that keep asking the front while a test does something to it, and what became of their requests."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

CLIENTS = 32


class Load:
    """``answers`` counts by status and version; ``lost`` are requests without an answer."""

    def __init__(self, port: int) -> None:
        self.answers: Counter[tuple[int, str]] = Counter()
        self.lost: list[str] = []
        self._port = port
        self._done = threading.Event()
        self._lock = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        clients = [threading.Thread(target=self._keep_asking, args=[n], daemon=True) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            self._done.set()
            for client in clients:
                client.join(60)

    def total(self) -> int:
        return self.answers.total()

    def _keep_asking(self, client: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._done.is_set():
            try:
                connection.request("POST", "/models/clothes", b"{}", {"X-User-Id": f"user-{client}"})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
                connection.close()
            else:
                with self._lock:
                    self.answers[answer.status, answer.headers["X-Model-Version"]] += 1
        connection.close()
