"""Servers of this machine that play pods, for whoever has neither a cluster nor Docker: they start, leave and die."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import requests

from server.model_card import PINNED_MODELS
from workbook.bench.usage import process_tree
from workbook.kubernetes.service import Service
from workbook.servers.process import Server

RUN = """
import os, sys
from pathlib import Path
from server.production.workers import serve
if __name__ == "__main__":
    serve(Path(sys.argv[1]), port=int(os.environ["PORT"]), workers=1)
"""
NEWS_SECONDS = 2.0  # until the Service's list is without a pod that was told to go
REST_SECONDS = 30.0  # at most, for the connections to such a pod to end
POLL_SECONDS = 0.05
PROBE_SECONDS = 5


class Pod(Server):
    """The reference server with one worker, in a process of its own, which answers as soon as this returns.

    Answering is not being ready: ``status("/readyz")`` says whether it has a model of ``models``, a model repository.
    Raises ``DidNotStart``.
    """

    def __init__(self, models: Path = PINNED_MODELS, environment: Mapping[str, str] | None = None) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="workbook-pod-")
        self._leaving = Path(self._home.name) / "leaving"
        told = {**(environment or {}), "SERVER_LEAVING_FILE": str(self._leaving)}
        super().__init__("-c", RUN, str(models), environment=told)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port

    def status(self, path: str) -> int:
        """What a probe gets that asks for ``path``: a status of HTTP, and 0 if nobody answers."""
        try:
            with requests.Session() as session:
                session.trust_env = False  # on this machine no proxy stands before it
                return session.get(self.url + path, timeout=PROBE_SECONDS).status_code
        except requests.RequestException:
            return 0

    def say_that_it_leaves(self) -> None:
        """From some half second later, each answer ends its connection; the pod goes on answering."""
        self._leaving.touch()

    def unplug(self) -> None:
        """End all its processes at once, as a machine does that loses power: nothing is finished or told."""
        for process in process_tree(self.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.stop()


def leave(service: Service, pod: Pod, rest: bool) -> None:
    """Have the pod go. At the same moment the news of that sets out for the Service's list, and new connections still
    reach the pod until it is there, ``NEWS_SECONDS`` later.

    With ``rest`` the pod says that it leaves, and gets SIGTERM when the news is there and its last connection has
    ended. Kubernetes does not look, but sleeps: here nothing depends on how busy this machine is. Without ``rest``,
    SIGTERM comes first.
    """
    going = threading.Thread(target=pod.say_that_it_leaves if rest else pod.stop)
    going.start()
    time.sleep(NEWS_SECONDS)
    service.endpoints = [port for port in service.endpoints if port != pod.port]
    going.join()
    deadline = time.monotonic() + REST_SECONDS
    while rest and service.open[pod.port] and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    pod.stop()
