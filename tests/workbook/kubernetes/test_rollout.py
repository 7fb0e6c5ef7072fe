"""A rolling update loses nothing on a machine that stands still, and Ctrl+C in its middle leaves nothing behind.

Without Docker: the containers are played by the pods of this machine, or by less. ``tests/docker`` has real ones.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from workbook.kubernetes import rollout
from workbook.kubernetes.pods import Pod
from workbook.kubernetes.rollout import NEWS_REQUESTS, PATH, REST_SECONDS, Ending, Users, asking, end, replace, roll
from workbook.kubernetes.service import Service, serving
from workbook.servers.interrupts import interrupted_once

RESTS = Ending(rest=5, grace=30, command=("rest",))
PORT = 8000
WORKLOAD = {
    "kind": "Deployment",
    "spec": {
        "template": {
            "spec": {
                "securityContext": {"runAsUser": 1, "runAsGroup": 1},
                "containers": [
                    {
                        "ports": [{"containerPort": PORT}],
                        "resources": {"limits": {"cpu": "1", "memory": "64Mi"}},
                        "readinessProbe": {"httpGet": {"path": "/readyz", "port": PORT}},
                        "securityContext": {
                            "readOnlyRootFilesystem": True,
                            "capabilities": {"drop": ["ALL"]},
                            "allowPrivilegeEscalation": False,
                        },
                    }
                ],
            }
        }
    },
}


class RealPod:
    """A pod as a container. Its rest is over at once: meanwhile this program stood still."""

    def __init__(self, pod: Pod) -> None:
        self._pod = pod

    def exec_run(self, command: list[str]) -> None:
        self._pod.say_that_it_leaves()

    def stop(self, timeout: int) -> None:
        self._pod.stop()

    def wait(self) -> dict[str, int]:
        return {"StatusCode": 0}


def test_a_rest_that_is_over_before_the_news_is_there_loses_nothing():
    with Pod() as old, Pod() as new, ThreadPoolExecutor(1) as kubelet:
        service, users = Service(), Users(keep=True)
        service.endpoints = [old.port, new.port]
        with serving(service) as port, asking(users, f"http://127.0.0.1:{port}{PATH}"):
            replace(service, users, old.port, partial(kubelet.submit, end, RealPod(old), RESTS))
    assert (service.endpoints, old.running, users.lost) == ([new.port], False, ()) and users.asked > NEWS_REQUESTS


class Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class PlayedContainer:
    status = "running"

    def __init__(self, there: list) -> None:
        self._there = there
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._removed = threading.Event()
        self.ports = {f"{PORT}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(self._server.server_port)}]}

    def start(self) -> None:
        self._thread.start()

    def reload(self) -> None:
        """Its ports are known."""

    def exec_run(self, command: list[str]) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        assert self._removed.wait(30), "what it runs ends with the container"

    def remove(self, force: bool, v: bool) -> None:
        self._there.remove(self)
        self._removed.set()
        if self._thread.ident:
            self._server.shutdown()
        self._server.server_close()


class PlayedEngine:
    """The containers of a Docker client; ``created`` is called in the middle of making one."""

    def __init__(self, created: Callable[[], None] = lambda: None) -> None:
        self.containers, self.there, self._created = self, [], created

    def create(self, image: str, **_: object) -> PlayedContainer:
        self.there.append(PlayedContainer(self.there))
        self._created()
        return self.there[-1]


def interrupted(engine: PlayedEngine) -> None:
    """Roll, and see that Ctrl+C ends it, and that no container and no thread is left."""
    before, began = set(threading.enumerate()), time.monotonic()
    with pytest.raises(KeyboardInterrupt), interrupted_once():
        roll(engine, WORKLOAD, "image", RESTS, keep=False)
    assert engine.there == []
    assert set(threading.enumerate()) <= before
    assert time.monotonic() - began < REST_SECONDS, "it waits for no pod that is removed"


def test_ctrl_c_while_a_container_is_made_leaves_none():
    interrupted(PlayedEngine(created=lambda: os.kill(os.getpid(), signal.SIGINT)))


def test_ctrl_c_while_a_pod_rests_leaves_no_container_and_no_thread(capfd):
    interrupted(PlayedEngine())
    assert capfd.readouterr().err == ""


def test_only_the_first_ctrl_c_interrupts_and_then_all_is_as_before():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), interrupted_once():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGINT)
            cleared = True
    assert cleared and signal.getsignal(signal.SIGTERM) == before


def test_it_is_one_line_for_whoever_types_ctrl_c(monkeypatch):
    monkeypatch.setattr(rollout, "connect", lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(SystemExit, match="its containers are removed"):
        rollout.main()
