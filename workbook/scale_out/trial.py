"""What Ray Serve does under load, on a cluster of local nodes: with 1, 2 and 4 replicas, and when a node dies.

In Ray's own environment. Each figure is of one run, with what else the machine had to do beside it.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter

import numpy as np
from ray.cluster_utils import Cluster

from workbook.load.loops import Question, closed_loop
from workbook.scale_out.app import ROUTE, Settings
from workbook.scale_out.nodes import add_node, begin, cluster_of, deploy, kill
from workbook.scale_out.users import BODY, InsistentQuestion, Watch, settled
from workbook.servers.process import free_port

NODES = 4
REPLICAS = (1, 2, 4)
WAITS_MS = (0, 50)  # the model as it is; one that takes 50 ms elsewhere
CLIENTS = 16
SECONDS = 10
# A node dies under as many replicas as leave one node spare, and the load goes on for longer than a client is patient.
STRUCK_REPLICAS, STRUCK_CLIENTS, STRUCK_SECONDS, STRIKE_AFTER = 3, 8, 45, 5


def play() -> dict[str, list[dict]]:
    """All of it on one cluster: ``throughput`` and ``killed``, a row for each load."""
    with cluster_of(NODES) as cluster:
        port = free_port()
        begin(port)
        url = f"http://127.0.0.1:{port}{ROUTE}"
        rows = [throughput(url, Settings(replicas=count, wait_ms=wait)) for wait in WAITS_MS for count in REPLICAS]
        deploy(Settings(replicas=STRUCK_REPLICAS))
        killed = []
        for again in (False, True):
            killed.append(struck(cluster, url, again))
            add_node(cluster)
        return {"throughput": rows, "killed": killed}


def throughput(url: str, settings: Settings) -> dict:
    """Good answers and their waiting times, in ms, for ``SECONDS`` of load."""
    deploy(settings)
    nodes = len(settled(url, settings.replicas))
    answers = closed_loop(Question(url, BODY), CLIENTS, SECONDS)
    half, most = np.percentile(answers.waited * 1000, [50, 99]).round(1).tolist()
    return {
        **settings.model_dump(exclude={"most_replicas"}),
        "clients": CLIENTS,
        "seconds": SECONDS,
        "nodes": nodes,
        "good": int(answers.good.sum()),
        "bad": int((~answers.good).sum()),
        "p50_ms": half,
        "p99_ms": most,
        "load": os.getloadavg()[0],
    }


def struck(cluster: Cluster, url: str, again: bool) -> dict:
    """Kill a node under load: how many answers came, which were no good, and when the replacement answered.

    ``again``: whether clients ask a second time. ``replaced_seconds`` is None if no replacement answered in time.
    """
    known = settled(url, STRUCK_REPLICAS)
    question = (InsistentQuestion if again else Question)(url, BODY)
    moment: list[float] = []

    def strike() -> None:
        moment.append(time.perf_counter())
        kill(cluster, min(known))

    with Watch(url, known) as watch:
        blow = threading.Timer(STRIKE_AFTER, strike)
        blow.start()
        answers = closed_loop(question, STRUCK_CLIENTS, STRUCK_SECONDS)
        blow.join()
    return {
        "again": again,
        "replicas": STRUCK_REPLICAS,
        "nodes": len(known),
        "clients": STRUCK_CLIENTS,
        "seconds": STRUCK_SECONDS,
        "asked": len(answers.status),
        "lost": {str(status): count for status, count in Counter(answers.status[~answers.good].tolist()).items()},
        "slowest_seconds": round(float(answers.waited.max()), 2),
        "replaced_seconds": round(watch.seen - moment[0], 1) if watch.seen else None,
        "load": os.getloadavg()[0],
    }
