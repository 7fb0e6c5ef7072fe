"""A cluster of several nodes on one machine: each has its own processes and can be killed alone.

In Ray's own environment, and not on Windows: Ray has no clusters there. Everything listens on 127.0.0.1.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import ray
from ray import serve
from ray.cluster_utils import Cluster

from workbook.errors import UserError
from workbook.scale_out.app import ROUTE, Settings, app

NODE = {"include_dashboard": False, "include_log_monitor": False, "object_store_memory": 80_000_000}


@contextmanager
def cluster_of(nodes: int) -> Iterator[Cluster]:
    """A head and so many other nodes, each with one processor to give away, with this process connected to the head.

    The head has none to give, or the first replicas would be there, and no node could be killed that has any. Raises
    ``UserError`` on Windows, and on a machine so busy that a node does not start in time.
    """
    if os.name == "nt":
        raise UserError("Ray has no cluster of several nodes on Windows: use Linux or macOS")
    cluster = Cluster()
    try:
        with _in_time():
            cluster.add_node(num_cpus=0, no_monitor=True, **NODE)
            for _ in range(nodes):
                add_node(cluster)
        ray.init(address=cluster.address, log_to_driver=False, logging_level=logging.ERROR)
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()


@contextmanager
def _in_time() -> Iterator[None]:
    """Ray gives a node 30 seconds, which cannot be changed, and raises a bare ``Exception``."""
    try:
        yield
    except Exception as error:
        if "timed out during startup" not in str(error):
            raise
        raise UserError(
            "a Ray node did not start within its 30 s because this machine is too busy: end what keeps it busy and try "
            "again"
        ) from error


def add_node(cluster: Cluster) -> None:
    """One more node, with one processor to give away; returns when the cluster knows it."""
    cluster.add_node(num_cpus=1, **NODE)


def begin(port: int) -> None:
    """Start Serve on the cluster, with one door, at the head."""
    serve.start(
        proxy_location="HeadOnly",
        http_options={"host": "127.0.0.1", "port": port},
        logging_config={"enable_access_log": False},
    )


def deploy(settings: Settings) -> None:
    """Serve the application, and wait until all its replicas answer."""
    serve.run(app(settings.model_dump()), route_prefix=ROUTE, logging_config={"enable_access_log": False})


def kill(cluster: Cluster, node_id: str) -> None:
    """End all processes of a node at once, as when its machine loses power."""
    (node,) = (one for one in cluster.worker_nodes if one.node_id == node_id)
    cluster.remove_node(node, allow_graceful=False)


def wait_for_the_end() -> None:
    """Return when somebody types Ctrl+C, or ends this process politely."""
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    ended.wait()
