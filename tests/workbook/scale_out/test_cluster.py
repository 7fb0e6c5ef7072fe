"""Ray's part, with the real Ray: one node more than the head, one replica, the answer of the reference server."""

from __future__ import annotations

import pytest
import requests

from workbook.bench.question import trousers
from workbook.servers.process import Server

ROUTE = "/models/clothes/v1"


@pytest.fixture(scope="module")
def cluster(ray_python):
    """The address of the application on a cluster of two nodes."""
    with Server("-m", "workbook.scale_out", "serve", "--nodes", "1", ready=ROUTE, python=str(ray_python)) as server:
        yield server.url + ROUTE


def test_a_cluster_answers_what_the_reference_server_answers(cluster, served):
    reference = served + ROUTE
    assert requests.get(cluster, timeout=30).json() == requests.get(reference, timeout=30).json()
    for body in ({"image": trousers()}, {"images": [trousers()] * 3}, {"image": [[1, 2]]}, {"picture": 1}):
        answers = [requests.post(url, json=body, timeout=30) for url in (cluster, reference)]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].content == answers[1].content
