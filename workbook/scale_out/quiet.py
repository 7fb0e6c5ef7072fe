"""What Ray is told before it is imported: to keep to itself, and to be patient on a machine that is busy."""

from __future__ import annotations

import os
import secrets

SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # it would report to its makers
    "RAY_SERVE_LOG_TO_STDERR": "0",  # it logs to files besides, and hundreds of lines when a node is killed
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "120",  # by default, a busy machine kills the proxy before it has started
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # as there by default, it listens on 127.0.0.1 alone: all nodes are here
    "RAY_AUTH_MODE": "token",
}


def quiet_ray() -> None:
    """Set the environment that Ray and its processes read. It must be called before ``import ray``.

    Whoever reaches a port of Ray can have any code run there. So each cluster that the course starts has a token of its
    own, which its processes inherit; other people on this machine do not have it.
    """
    for name, value in {**SETTINGS, "RAY_AUTH_TOKEN": secrets.token_hex(32)}.items():
        os.environ.setdefault(name, value)
