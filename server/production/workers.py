"""The server as you run it for others: ``workbook serve``.

Granian takes the connections, in Rust, and passes each request to one of the worker processes. There is one thread per
worker, because the interpreter of a LiteRT model serves one request at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from server.model_card import PINNED_MODELS
from server.production.access import Users
from server.production.gateway import Gateway, nobody_is_refused
from server.production.log import log_as_json
from server.production.settings import check_settings

if TYPE_CHECKING:
    from server.repository import ModelRepository

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
PORT = 8000
# Connections that a worker holds, including silent ones; more wait in the operating system's queue. Each takes some
# 20 kB and a file descriptor, and one that sends no whole head in ``READ_SECONDS`` is closed.
CONNECTIONS = 4096
FILES_BESIDE = 256  # the models', the log's, the metrics'
# For the headers of a request to arrive, and again for its body.
READ_SECONDS = 10
STOP_SECONDS = 10
POLL_SECONDS = 0.01
LOOK_SECONDS = 0.5


def serve(models: Path = PINNED_MODELS, host: str = HOST, port: int = PORT, workers: int | None = None) -> None:
    """Serve the model repository until SIGINT or SIGTERM; requests in progress are answered first.

    ``workers`` are processes, one per core by default. A worker that dies is replaced. Raises ``ValueError`` for
    settings in the environment that cannot be used (see ``settings`` beside this).

    If ``SERVER_LEAVING_FILE`` is set, it names a file that is not there yet. Whoever makes it says that the server is
    about to be stopped: it goes on answering, and each answer ends its connection. So clients that keep theirs go
    elsewhere in time, and send no request into one that SIGTERM closes.
    """
    check_settings()
    log_as_json()
    os.environ["SERVER_MODELS"] = str(models.resolve())
    os.environ["SERVER_ADDRESS"] = f"{host}:{port}"
    with tempfile.TemporaryDirectory(prefix="server-") as folder, tempfile.TemporaryDirectory(dir=folder) as metrics:
        os.environ["SERVER_ANNOUNCED"] = str(Path(folder) / "announced")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        listen("server.production.workers:application", host, port, workers)


def listen(factory: str, host: str, port: int, workers: int | None = None) -> None:
    """Run the RSGI application that ``factory`` makes, ``"module:function"``, in each worker."""
    _allow_open_files(CONNECTIONS + FILES_BESIDE)
    granian = Granian(
        factory,
        factory=True,
        interface=Interfaces.RSGI,
        address=host,
        port=port,
        workers=workers or os.cpu_count() or 1,
        http=HTTPModes.http1,  # with both protocols, a connection that says nothing could stay open forever
        websockets=False,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=READ_SECONDS * 1000),
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_enabled=False,
    )
    try:
        granian.serve()
    except SystemExit as ended:
        if granian.interrupt_signal:  # Ctrl+C reaches the workers, too, and ends one that is still loading
            return
        if ended.code:
            logger.error("a worker died within seconds of its start, so the server ends; start it again")
        raise


def _allow_open_files(count: int) -> None:
    """Raise the limit of this process and its workers; many systems begin with 1,024 or 256."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Worker(Gateway):
    """A gateway that says ``greeting`` once its port answers. Of a server's workers, the first one does.

    At a terminal it is a sentence; elsewhere a line of the log, because an engine passes on both outputs as one. It is
    ``leaving`` once the file is there that ``SERVER_LEAVING_FILE`` names, if that is set.
    """

    greeting = ""

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._greet = loop.create_task(self._say_that_it_answers())  # a task that nobody holds may be garbage-collected
        if file := os.environ.get("SERVER_LEAVING_FILE"):
            self._leave = loop.create_task(self._leave_with(Path(file)))

    async def _leave_with(self, file: Path) -> None:
        while not file.exists():
            await asyncio.sleep(LOOK_SECONDS)
        self.leaving = True

    async def _say_that_it_answers(self) -> None:
        host, _, port = os.environ["SERVER_ADDRESS"].rpartition(":")
        while True:
            try:
                _, connection = await asyncio.open_connection(host, int(port))
                break
            except OSError:
                await asyncio.sleep(POLL_SECONDS)
        connection.close()
        with contextlib.suppress(FileExistsError), Path(os.environ["SERVER_ANNOUNCED"]).open("xb"):
            greeting = f"{self.greeting} at http://{host}:{port}"
            if sys.stdout.isatty():
                print(f"{greeting} (Ctrl+C stops)", flush=True)
            else:
                logger.info(greeting)


def application() -> Worker:
    """What each worker runs. The metrics are imported here, in the worker, once their folder is named."""
    for number in (signal.SIGINT, signal.SIGTERM):  # while it loads, it can be ended at once; then Granian sets its own
        signal.signal(number, signal.SIG_DFL)
    from server.production.app import production_app_on, watched
    from server.production.metrics import counted
    from server.repository import ModelRepository
    from server.routes import MAX_BODY_BYTES

    log_as_json()
    models = Path(os.environ["SERVER_MODELS"])
    repository = ModelRepository(models, counted(models))
    users, log = Users.from_environment(), sys.stderr.buffer
    app = production_app_on(repository, log, users)
    refusal_of = users.refusal_of if users else nobody_is_refused
    worker = Worker(app.wsgi_app, refusal_of, partial(watched, log=log), MAX_BODY_BYTES, READ_SECONDS)
    worker.greeting = f"Serving {_described(repository)}"
    return worker


def _described(repository: ModelRepository) -> str:
    """Its models with their versions, in one line; if there are none, why."""
    models = [f"{name} {', '.join(f'v{k}' for k in repository.versions(name))}" for name in repository.names()]
    return "; ".join(models) or f"no model yet: {repository.why_empty()};"
