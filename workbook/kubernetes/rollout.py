"""A rolling update under load, with real containers: what do users lose? ``python -m workbook.kubernetes.rollout``.

Two pods of the manifest run in a Docker engine behind a stand-in for the Service. One after the other is replaced, as a
Deployment does it: the new one is ready first; then, at the same moment, the old one is told to go and the news of that
sets out for the machines. It takes two seconds to arrive there, and meanwhile new connections still reach the old one.

Where a clock decides in a cluster, something is waited for here, or a machine that stood still for some seconds would
lose requests that no cluster loses, or none where a cluster does.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import requests
from rich.console import Console

from workbook.kubernetes.build import build
from workbook.kubernetes.check import kubectl_beside
from workbook.kubernetes.containers import rest_before_the_signal
from workbook.kubernetes.engine import running, server_of
from workbook.kubernetes.objects import at, of_kind, pod_of
from workbook.kubernetes.service import Service, serving
from workbook.paths import course_folder
from workbook.servers.containers import connect, url_of
from workbook.servers.interrupts import interrupted_once, uninterrupted
from workbook.setup.layer import KUBERNETES, ensure

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

IMAGE = "workbook-server"  # built as docker/server.Dockerfile says
PODS = 2
CLIENTS = 4
NEWS_SECONDS = 2.0  # until every machine's list is without the pod
NEWS_REQUESTS = 40  # and at least until so many have asked meanwhile, however slow the machine is
REST_SECONDS = 30.0  # at most, for the news and the last connection of a pod that rests
PAUSE_SECONDS = 0.01  # of a client between two requests
POLL_SECONDS = 0.05
TIMEOUT_SECONDS = 30
BODY = json.dumps({"image": [[0, 9] * 14] * 28}).encode()
PATH = "/models/clothes/v1"


@dataclass(frozen=True)
class Ending:
    """How a pod ends, in seconds: its ``rest`` before SIGTERM, and ``grace`` in all, after which it is killed.

    ``command`` is what it runs meanwhile, and rests by; without one it sleeps.
    """

    rest: float
    grace: float
    command: tuple[str, ...] = ()


HASTY = Ending(0, 30)


@dataclass
class Users:
    """What came of the requests of all clients: how many were asked, and the statuses that were not 200.

    0 is no answer. ``keep`` is whether a client keeps its connection; before it asks, it looks whether that is still
    open, as ``requests`` does. None of them asks a second time.
    """

    keep: bool
    asked: int = 0
    lost: tuple[int, ...] = ()
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask_until(self, stop: threading.Event, url: str) -> None:
        headers = {"Content-Type": "application/json", **({} if self.keep else {"Connection": "close"})}
        with requests.Session() as session:
            while not stop.wait(PAUSE_SECONDS):
                status = _status(session, url, headers)
                with self.lock:
                    self.asked += 1
                    self.lost += () if status == 200 else (status,)

    def ask_on(self) -> None:
        """Return when ``NEWS_SECONDS`` have passed and ``NEWS_REQUESTS`` more have been asked."""
        until, enough = time.monotonic() + NEWS_SECONDS, self.asked + NEWS_REQUESTS
        while time.monotonic() < until or self.asked < enough:
            time.sleep(POLL_SECONDS)


def _status(session: requests.Session, url: str, headers: dict[str, str]) -> int:
    try:
        return session.post(url, data=BODY, headers=headers, timeout=TIMEOUT_SECONDS).status_code
    except requests.RequestException:
        return 0


def ending_of(workload: dict) -> Ending:
    """As its manifest says; Kubernetes' own defaults where it says nothing."""
    grace = pod_of(workload)["spec"].get("terminationGracePeriodSeconds", 30)
    container = server_of(workload)
    command = at(container, "lifecycle", "preStop", "exec", "command") or ()
    return Ending(rest_before_the_signal(container), grace, tuple(command))


def end(container: Container, ending: Ending, forgotten: Callable[[], bool] = lambda: True) -> int:
    """What kubelet does to a pod that must go; its exit status, 137 if it had to be killed:
    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination

    One that rests for longer than the news travels also waits, for ``REST_SECONDS`` at most, until it is ``forgotten``.
    """
    if ending.command:
        container.exec_run(list(ending.command))
    else:
        time.sleep(ending.rest)
    until = time.monotonic() + REST_SECONDS
    while ending.rest > NEWS_SECONDS and not forgotten() and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
    container.stop(timeout=max(1, round(ending.grace - ending.rest)))  # SIGTERM, and SIGKILL after so many seconds
    return container.wait()["StatusCode"]


def roll(client: DockerClient, workload: dict, image: str, ending: Ending, keep: bool) -> Users:
    """Replace ``PODS`` pods, one after the other, while ``CLIENTS`` ask; returns what the users got."""
    service, users = Service(), Users(keep)
    port = server_of(workload)["ports"][0]["containerPort"]
    # It ends from right to left: when the containers are removed, the thread has nothing left to wait for.
    with serving(service) as port_here, ThreadPoolExecutor(1) as kubelet, ExitStack() as stack:
        old = [stack.enter_context(running(client, workload, image)) for _ in range(PODS)]
        service.endpoints = [_published(container, port) for container in old]
        with asking(users, f"http://127.0.0.1:{port_here}{PATH}"):
            for container in old:
                new = stack.enter_context(running(client, workload, image))
                service.endpoints = [*service.endpoints, _published(new, port)]
                going = partial(kubelet.submit, end, container, ending)
                replace(service, users, _published(container, port), going)
            users.ask_on()
    return users


def replace(service: Service, users: Users, port: int, going: Callable[[Callable[[], bool]], Future]) -> None:
    """Have the old pod, at ``port`` of this machine, go, while the news of that is on its way to the Service's list.

    ``going`` begins its end; it is told how to find out whether the pod is forgotten.
    """

    def forgotten() -> bool:
        return port not in service.endpoints and not service.open[port]

    try:
        with uninterrupted():  # or its thread would be one that nobody waits for
            gone = going(forgotten)
        users.ask_on()
    finally:
        service.endpoints = [one for one in service.endpoints if one != port]
    gone.result()


@contextmanager
def asking(users: Users, url: str) -> Iterator[None]:
    """``CLIENTS`` of them ask ``url``, from here to the end of the ``with`` statement."""
    stop = threading.Event()
    threads = [threading.Thread(target=users.ask_until, args=(stop, url)) for _ in range(CLIENTS)]
    try:
        with uninterrupted():
            for thread in threads:
                thread.start()
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _published(container: Container, port: int) -> int:
    return int(url_of(container, port).rpartition(":")[2])


def main() -> None:
    """Play it four times, with and without the rest before the signal, and print what was lost."""
    try:
        with interrupted_once():
            play()
    except KeyboardInterrupt:
        sys.exit("ended in the middle: its containers are removed")


def play() -> None:
    client, course = connect(), course_folder()
    if client is None:
        sys.exit("no Docker engine answers: start one, or name it in DOCKER_HOST")
    kubectl = kubectl_beside(ensure(course, Console(), KUBERNETES))
    objects = build(course / "docker" / "kubernetes" / "overlays" / "reference", kubectl)
    (workload,) = of_kind(objects, "Deployment")
    for ending in (ending_of(workload), HASTY):
        for keep in (False, True):
            users = roll(client, workload, IMAGE, ending, keep)
            kind = "kept connections" if keep else "a connection per request"
            print(f"{ending.rest:>2} s before SIGTERM, {kind:24}: {len(users.lost)} lost of {users.asked}")


if __name__ == "__main__":
    main()
