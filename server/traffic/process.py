"""The front as a process, ``workbook serve --traffic``: one worker, since its counts and its canary's state are one.

It waits for other servers and hardly computes, so one event loop serves some thousand requests a second.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

from server.production.gateway import nobody_is_refused
from server.production.log import log_as_json
from server.production.workers import HOST, READ_SECONDS, Worker, listen
from server.traffic.policy import read_policy

PORT = 8080


def serve(policy: Path, host: str = HOST, port: int = PORT) -> None:
    """Stand before the servers that the file ``policy`` names, until SIGINT or SIGTERM.

    Raises ``PolicyError``, which is a ``ValueError``, for a policy that cannot be used.
    """
    read_policy(policy)
    log_as_json()
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)  # one process; it adds up nothing
    os.environ["SERVER_POLICY"] = str(policy.absolute())
    os.environ["SERVER_ADDRESS"] = f"{host}:{port}"
    with tempfile.TemporaryDirectory(prefix="front-") as folder:
        os.environ["SERVER_ANNOUNCED"] = str(Path(folder) / "announced")
        listen("server.traffic.process:application", host, port, workers=1)


class FrontWorker(Worker):
    """A gateway whose application is a ``Front``, and that looks after the policy's file."""

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__rsgi_init__(loop)
        self._watch = loop.create_task(self.policy_file.keep_looking())

    async def _answer(self, app, environ: dict, body: bytearray) -> tuple[int, list, bytes]:
        if app is not self._app:  # a refusal of the gateway's own
            return await super()._answer(app, environ, body)
        return await app(environ, bytes(body))


def application() -> FrontWorker:
    """What the worker runs."""
    for number in (signal.SIGINT, signal.SIGTERM):  # while it loads it can be ended at once; Granian then sets its own
        signal.signal(number, signal.SIG_DFL)
    from server.production.app import watched
    from server.routes import MAX_BODY_BYTES
    from server.traffic.front import Front
    from server.traffic.lanes import Lanes
    from server.traffic.metrics import REGISTRY, SharesCollector
    from server.traffic.watch import PolicyFile

    log_as_json()
    lines = sys.stderr.buffer
    lanes = Lanes(lines)
    file = PolicyFile(Path(os.environ["SERVER_POLICY"]), lanes.use)
    REGISTRY.register(SharesCollector(lanes))
    front = Front(lanes, file.as_dict, MAX_BODY_BYTES, lines)
    worker = FrontWorker(front, nobody_is_refused, partial(watched, log=lines), MAX_BODY_BYTES, READ_SECONDS)
    worker.policy_file = file
    worker.greeting = f"Front for {', '.join(sorted(lanes))}"
    return worker
