"""The pods without a cluster: what is lost when one goes, when its plug is pulled, and when it has no model."""

from __future__ import annotations

import socket
import time

from workbook.kubernetes.pods import REST_SECONDS, Pod, leave
from workbook.kubernetes.rollout import PATH, Users, asking
from workbook.kubernetes.service import Service, serving

TIMEOUT_SECONDS = 10


def lost(pods: list[Pod], rest: bool, keep: bool = False) -> tuple[int, int]:
    """How many were asked, and how many lost, while the first of ``pods`` went."""
    service, users = Service(), Users(keep)
    service.endpoints = [pod.port for pod in pods]
    with serving(service) as port, asking(users, f"http://127.0.0.1:{port}{PATH}"):
        began = time.monotonic()
        leave(service, pods[0], rest)
        assert time.monotonic() - began < REST_SECONDS, "a pod that says that it leaves ends its connections"
    assert service.endpoints == [pod.port for pod in pods[1:]]
    return users.asked, len(users.lost)


def test_a_pod_that_rests_before_it_goes_loses_nothing_and_one_that_does_not_loses_some():
    with Pod() as first, Pod() as second, Pod() as third:
        asked, none = lost([first, second, third], rest=True, keep=True)
        assert (asked > 20, none, first.running) == (True, 0, False)
        asked, some = lost([second, third], rest=False)
        assert 0 < some < asked
        third.unplug()
        assert third.status("/healthz") == 0, "no worker is left that would answer"


def test_a_door_that_is_closed_ends_its_connections():
    service = Service()
    with socket.create_server(("127.0.0.1", 0)) as pod:
        service.endpoints = [pod.getsockname()[1]]
        with serving(service) as port:
            client = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
            behind, _ = pod.accept()
        with client, behind:
            assert client.recv(1) == b""


def test_to_answer_is_not_to_be_ready(tmp_path):
    with Pod(tmp_path) as empty, Pod() as full:
        assert [(pod.status("/healthz"), pod.status("/readyz")) for pod in (empty, full)] == [(200, 503), (200, 200)]
